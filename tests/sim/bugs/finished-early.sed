# pump/lane.c: the sink is finished before all is out
s/ && !lane->finish_deferred && !lane->mover->in_flight(lane);$/ \&\& !lane->finish_deferred;/
