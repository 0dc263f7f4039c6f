#ifndef MODE_EXECUTION_H
#define MODE_EXECUTION_H

#include "mode/conversation.h"
#include "mode/options.h"
#include "net/child.h"
#include "net/timer.h"

/*
 * A peer and the program that is run for it. It ends when the program has exited and what it has
 * said is delivered, and must stay where it is until then.
 */
struct execution {
	struct task watch; /* of the socket, while the child has it */
	const struct options *options;
	struct loop *loop;
	struct connection *peer;
	bool direct;          /* the child has the socket itself, not pipes */
	bool silent;          /* the peer has finished */
	int unread;           /* bytes, when that was last looked at, */
	int64_t unread_since; /* and since when there are as many */
	struct timer hang_up; /* it has gone */
	struct child child;
	int status; /* the child's, as a shell calls it */
	bool exited;
	struct conversation conversation;
	bool talked; /* the conversation has ended, or its connection was closed */
	struct error error;
	void (*done)(void *arg, const struct error *, int status);
	void (*idles)(void *arg, bool idle); /* see execution_watch */
	void *arg;
};

/* Which programs are run, and what a user calls them. */
const char *execution_name(const struct options *);

/*
 * Whether a program that is run for a peer gets the socket itself, and not pipes, if its connection
 * is bare: it is a stream, and nothing that was asked for has to come between.
 */
bool execution_is_direct(const struct options *);

/*
 * Starts a program for a peer, whose connection outlives the execution and is closed by it. done is
 * called once, from the loop: what went wrong in the conversation, or FAULT_NONE, and the program's
 * status. False when it could not be started.
 */
bool execution_start(struct execution *, struct loop *, struct children *, const struct options *,
    struct connection *, void (*done)(void *arg, const struct error *, int status), void *arg,
    struct error *);

/*
 * From now on idles is called when the peer has finished and there is nothing for it now, or it has
 * gone, while the program still runs; and when there is something again.
 */
void execution_watch(struct execution *, void (*idles)(void *arg, bool idle));

/* Whether that holds now, and all that was sent is acknowledged by the peer or read by the program.
 */
bool execution_may_drop(struct execution *);

/* Closes the connection, and hangs up. done is called with the cause once the program has exited.
 */
void execution_break(struct execution *, const struct error *cause);

/*
 * Closes what is open. A program that still runs is the children's: it must stay until they are
 * closed. Of zeroes it does nothing.
 */
void execution_stop(struct execution *);

#endif
