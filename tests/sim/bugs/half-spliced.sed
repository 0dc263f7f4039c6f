# pump/splice.c: what the sink did not take of a pipe is forgotten
/^splice_flush/,/^}/s/s->held -= (size_t)n;/s->held = 0;/
