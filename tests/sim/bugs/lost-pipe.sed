# pump/copy.c: what a pipe held is forgotten when the lane goes on copying
s/c->size = c->end = rest.iov_len;/c->size = rest.iov_len;/
