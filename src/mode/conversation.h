#ifndef MODE_CONVERSATION_H
#define MODE_CONVERSATION_H

#include "base/address.h"
#include "codec/crlf.h"
#include "codec/telnet.h"
#include "mode/losses.h"
#include "mode/options.h"
#include "mode/reminder.h"
#include "net/loop.h"
#include "net/pipes.h"
#include "net/stdio.h"
#include "open/connection.h"
#include "pump/pump.h"

/* Who is on the near side. */
enum near { NEAR_STDIO, NEAR_CHILD, NEAR_PEER };

/*
 * One peer, from the connected socket to the result. First it is begun, then each side is given an
 * end, then it starts. It must stay where it is until it is stopped, and owns its ends until then.
 */
struct conversation {
	const struct options *options;
	struct loop *loop;
	enum near kind;
	struct connection *peer;  /* far; NULL: not there (yet, or any more) */
	struct connection *other; /* the near one of NEAR_PEER */
	union {
		struct end end;
		struct stdio stdio;
		struct pipes pipes;
	} own; /* the near one of the other kinds */
	struct end *near, *far;
	struct crlf crlf;
	struct telnet telnet;
	struct outbox answers; /* of telnet's; NULL data: there is no telnet */
	struct pump pump;
	struct losses losses;
	struct reminder reminder;
	void (*done)(void *arg, const struct error *);
	void (*far_idles)(void *arg, bool idle); /* see conversation_watch */
	void *arg;
};

/*
 * done is called once, from the loop, when the conversation has ended, all of it is closed, and its
 * losses are told; with what went wrong, or FAULT_NONE.
 */
void conversation_begin(struct conversation *, struct loop *, const struct options *,
    void (*done)(void *arg, const struct error *), void *arg);

/*
 * From now on far_idles is called when far has finished and there is nothing for it now, and when
 * there is something again.
 */
void conversation_watch(struct conversation *, void (*far_idles)(void *arg, bool idle));

/* The far side: a connection, which outlives the conversation and is closed by it. */
void conversation_far(struct conversation *, struct connection *);

/*
 * The near side: standard input and output, as rules say, or as one of several conversations; the
 * pipes of a child, of whose output in_fd is one end and of whose input out_fd is one; another
 * connection, as the far one.
 */
bool conversation_near_stdio(struct conversation *, const struct stdio_rules *, struct error *);
void conversation_near_shared(struct conversation *, struct stdio *shared, struct fanout *,
    void (*dropped)(void *arg), void *arg);
void conversation_near_child(struct conversation *, int in_fd, int out_fd, const char *name);
void conversation_near_connection(struct conversation *, struct connection *);

/* False when it could not be started; it is to be stopped then, too. */
bool conversation_start(struct conversation *, struct error *);

/* What far says does not count any more: it is done when all that near has said is delivered. */
void conversation_near_left(struct conversation *);

/* Ends it for a reason of ours: done is called with that. */
void conversation_break(struct conversation *, const struct error *);

/* Closes what is open; to be called at the end in any case. Of zeroes it does nothing. */
void conversation_stop(struct conversation *);

#endif
