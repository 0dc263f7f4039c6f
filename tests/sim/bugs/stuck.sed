# pump/splice.c: a lane that waited for room does not go on reading
/^straight_flush/,/^}/s/s->stuck = false;/s->stuck = true;/
