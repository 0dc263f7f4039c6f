# pump/lane.c: the sink is finished before all is out
s/ && !lane->held && !lane->mover->in_flight(lane);$/ \&\& !lane->held;/
