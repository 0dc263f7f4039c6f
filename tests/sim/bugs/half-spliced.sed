# pump/splice.c: what the sink did not take of a pipe is forgotten
/^splice_flush/,/^}/s/s->in_pipe -= (size_t)n;/s->in_pipe = 0;/
