# pump/lane.c: taps at the sink are not told that the lane is broken
s/taps_ended(lane->rules.sink_taps, state == LANE_BROKEN)/if (state != LANE_BROKEN) taps_ended(lane->rules.sink_taps, false)/
