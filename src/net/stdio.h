#ifndef NET_STDIO_H
#define NET_STDIO_H

#include <stdbool.h>

#include "net/end.h"
#include "net/fanout.h"
#include "net/given.h"
#include "net/loop.h"

/* What stands before a message in a fanout. */
#define FANOUT_MESSAGE 1

/* What standard input and output turned out to be, for the rules of when a conversation ends. */
struct stdio_kind {
	bool input_null;     /* standard input is /dev/null, or was closed */
	bool input_file;     /* it is a regular file */
	bool input_terminal; /* it is a terminal */
	bool input_waits;    /* it is a pipe or a socket: it may say nothing for ever */
	bool output_waits;   /* standard output is a pipe or a socket: somebody reads it */
	bool output_read;    /* the same, or a terminal: whoever reads it may go */
};

/* What is wanted of them. */
struct stdio_rules {
	bool no_input;  /* input is never read, and has ended from the start */
	bool no_output; /* what is written is thrown away */
	bool keep;      /* output stays open at its end, since others follow */
};

/* The end made of descriptors 0 and 1. */
struct stdio {
	struct end end;
	struct stdio_kind kind;
	struct stdio_rules rules;
	bool input_is_socket, output_is_socket;
	bool one_socket; /* input and output are the same socket, as inetd gives it */
	struct given in, out;
	struct stdio *shared;    /* of one of several conversations; NULL: there is one */
	const struct loop *loop; /* theirs, */
	uint64_t turn;           /* and its turn in which one of them last wrote */
	off_t position;          /* in a file of which all is read */
	struct fanout *fanout;   /* from which input comes instead; NULL: it does not */
	struct fanout_reader reader;
	bool mid_line; /* what has been read of input so far ends inside a line */
	/*
	 * Of what several conversations share, with --lines: which of them has written a part of
	 * what it has, and goes on before others; NULL: none. Whether all that was written ends
	 * inside a line.
	 */
	const struct stdio *writer;
	bool line_begun;
	bool one_by_one; /* what is written together must not be glued: a pipe of packets */
	bool packets;    /* what is read may be packets: a pipe; */
	struct {
		char *data; /* ... what of one has not been read yet; NULL: none was cut */
		size_t start, end;
	} packet;
};

/*
 * Fills out with the end of standard input and output. Changes nothing of either descriptor: a
 * terminal is opened anew where it can be, so that writing to it cannot block. False, with
 * FAULT_STANDARD, when the system doesn't tell what they are.
 */
bool stdio_open(struct stdio *out, const struct stdio_rules *, struct error *);

/*
 * Fills out with the same for one of several conversations at once: each gets the whole of a
 * regular file, and what else comes in by way of fanout, of which it becomes a reader: dropped is
 * called as fanout_join says. Where input keeps boundaries, each piece of the fanout is a message
 * behind FANOUT_MESSAGE bytes, since there are no empty pieces. shared must outlive it, and it must
 * stay where it is.
 */
void stdio_share(struct stdio *out, struct stdio *shared, const struct loop *, struct fanout *,
    void (*dropped)(void *arg), void *arg);

/* Looks after standard output while there is no conversation yet. */
struct stdio_watch {
	struct task task;
	void (*gone)(void *arg, const struct error *);
	void *arg;
};

/* From now on gone is called, once or more, when the reader of standard output, if any, has gone.
 */
bool stdio_watch(struct stdio_watch *, struct loop *, void (*gone)(void *arg, const struct error *),
    void *arg, struct error *);

#endif
