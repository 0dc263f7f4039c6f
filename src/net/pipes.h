#ifndef NET_PIPES_H
#define NET_PIPES_H

#include "net/end.h"

/* The end made of two pipes: to the standard input of a child, and from its standard output. */
struct pipes {
	struct end end;
	bool refused; /* the child takes no more: what is written is thrown away */
};

/*
 * Fills out with the end of in and out (pipes, non-blocking, its own from here on; -1: the child
 * has exited). name, for messages, must outlive it. That the child does not read what it is sent is
 * its own choice and no failure.
 */
void pipes_open(struct pipes *out, int in_fd, int out_fd, const char *name);

#endif
