# pump/lane.c: what is on its way counts as acknowledged
/^lane_look/,/^}/s/if (outcome == IO_DONE)$/if (outcome != IO_FAILED)/
