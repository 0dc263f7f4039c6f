# pump/lane.c: when buffers are short it tries again at once
s/lane->timers.rest = now + REST;/lane->timers.rest = now;/
