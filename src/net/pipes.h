#ifndef NET_PIPES_H
#define NET_PIPES_H

#include "net/end.h"

/* The end made of two pipes: to the standard input of a child, and from its standard output. */
struct pipes {
	struct end end;
	bool input_closed; /* the child reads no more: what is written is discarded */
};

/*
 * Fills out; takes ownership of in_fd and out_fd (pipes, non-blocking; -1: the child has exited).
 * name, for messages, must outlive it. A child that does not read all of its input is no failure.
 */
void pipes_open(struct pipes *out, int in_fd, int out_fd, const char *name);

#endif
