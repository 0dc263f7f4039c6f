# pump/lane.c: what is on its way counts as acknowledged
/^lane_check_acknowledged/,/^}/s/if (outcome == IO_DONE)$/if (outcome != IO_FAILED)/
