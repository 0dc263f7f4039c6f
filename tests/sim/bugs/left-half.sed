# pump/message.c: what is left of a line is forgotten when a rule ends the lane
s/ || (lane->state != LANE_OPEN && framed_is_left(lane))//
