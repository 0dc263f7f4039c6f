# pump/liveness.c: a peer that has gone is written off although something is in flight
s/if (sink->hung_up && lane_is_quiet(lane)) {/if (sink->hung_up) {/
s/ || (outcome == IO_DONE && !lane_is_drained(lane))//
