# pump/lane.c: the sink is finished before all is out
/^lane_may_close/,/^}/s/!lane->mover->in_flight(lane)/true/
