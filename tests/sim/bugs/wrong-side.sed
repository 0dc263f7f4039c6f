# pump/lane.c: a failure to write is told of the source
/case MOVE_SINK_FAILED:/,/break;/s/lane_break_sink/lane_break_source/
