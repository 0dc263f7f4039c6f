# pump/ending.c: datagrams are silent although some have come
s/ && !lane->mover->in_flight(lane);/;/
