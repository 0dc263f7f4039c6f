#ifndef NET_STDIO_H
#define NET_STDIO_H

#include <stdbool.h>

#include "net/end.h"
#include "net/fanout.h"
#include "net/given.h"
#include "net/loop.h"

/* The length of what precedes a message in a fanout's piece: see stdio_share. */
#define FANOUT_MESSAGE 1

/* What standard input and output are. When a conversation ends depends on it. */
struct stdio_kind {
	bool input_null;        /* standard input is /dev/null, or was closed */
	bool input_file;        /* it is a regular file */
	bool input_terminal;    /* it is a terminal */
	bool input_pipe;        /* it is a pipe or a socket: it may never deliver anything */
	bool output_pipe;       /* standard output is a pipe or a socket: a program reads it */
	bool output_has_reader; /* the same, or a terminal: its reader may exit, or hang up */
};

/* A terminal that shows standard output, and something else as well. */
struct stdio_screen {
	/* Something is about to be written to standard output; was written, and ends with this. */
	void (*before)(struct stdio_screen *);
	void (*after)(struct stdio_screen *, char last);
};

/* How to use them. */
struct stdio_rules {
	bool no_input;               /* input is never read, as if it were empty */
	bool no_output;              /* what is written is discarded */
	bool keep;                   /* finish does not close output: later conversations use it */
	struct stdio_screen *screen; /* told of what is written; NULL: nothing is */
};

/* The end made of descriptors 0 and 1. */
struct stdio {
	struct end end;
	struct stdio_kind kind;
	struct stdio_rules rules;
	bool input_is_socket, output_is_socket;
	bool one_socket; /* input and output are the same socket, as inetd gives it */
	struct given in, out;
	struct stdio *shared;    /* what several conversations share; NULL: there is only one */
	const struct loop *loop; /* theirs */
	uint64_t write_turn;     /* of shared: the loop's turn in which it was last written to */
	off_t position;        /* file offset, if input is a file that each reads from its start */
	struct fanout *fanout; /* source of the input; NULL: descriptor 0 */
	struct fanout_reader reader;
	bool mid_line; /* the last byte read was not a newline */
	/*
	 * Of shared, with --lines: the conversation that has written only a part of its data, so
	 * that the others have to wait; NULL: none. Whether output ends in the middle of a line.
	 */
	const struct stdio *writer;
	bool line_begun;
	bool packets_out; /* output is a pipe of packets (O_DIRECT): each part is one packet */
	bool packets_in;  /* input is a pipe: its writer may have made it one of packets */
	struct {
		char *data; /* the rest of a packet that was longer than a read; may be NULL */
		size_t start, end;
	} packet;
};

/*
 * Fills out with the end made of standard input and output. Changes no flag of either descriptor. A
 * terminal is opened a second time, if possible, so that writing to it does not block. False with
 * FAULT_STANDARD if fstat(2) or a query of the socket fails.
 */
bool stdio_open(struct stdio *out, const struct stdio_rules *, struct error *);

/*
 * Fills out with an end for one of several conversations at once, made from shared. If input is a
 * regular file, each conversation reads all of it. Other input comes from fanout; the end joins
 * that as a reader, with dropped (fanout_join). If input has messages, each piece of the fanout
 * is FANOUT_MESSAGE bytes and then the message, since a piece cannot be empty. shared must outlive
 * out, and out must not be moved.
 */
void stdio_share(struct stdio *out, struct stdio *shared, const struct loop *, struct fanout *,
    void (*dropped)(void *arg), void *arg);

#endif
