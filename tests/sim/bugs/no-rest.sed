# pump/lane.c: when buffers are short it tries again at once
s/lane->timers.backoff = now + BACKOFF;/lane->timers.backoff = now;/
