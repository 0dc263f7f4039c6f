# pump/lane.c: nothing wakes a lane that waits for its limit on bytes a second
s/return lane->timers.rate;/return CLOCK_NEVER;/
