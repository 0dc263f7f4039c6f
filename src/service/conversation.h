#ifndef SERVICE_CONVERSATION_H
#define SERVICE_CONVERSATION_H

#include "base/event.h"
#include "codec/crlf.h"
#include "codec/framing.h"
#include "codec/telnet.h"
#include "codec/visible.h"
#include "net/loop.h"
#include "net/pipes.h"
#include "net/stdio.h"
#include "open/connection.h"
#include "pump/pump.h"
#include "service/record.h"
#include "service/reporter.h"

/* Which control characters are made visible: none, all, or those that would upset a terminal. */
enum visibility { VISIBLE_NOT, VISIBLE_ALL, VISIBLE_TERMINAL };

/*
 * How data is transformed and marked, and when a conversation ends. Durations are in nanoseconds;
 * negative: no limit, or none.
 */
struct talk_rules {
	enum framing framing;    /* how a byte stream marks messages */
	size_t datagram_size;    /* the longest message sent to a peer; 0: as the system allows */
	bool crlf, telnet;       /* transforms */
	bool copy;               /* never splice */
	int64_t delay;           /* between lines */
	uint64_t messages;       /* how many to receive from the peer; 0: no limit */
	int64_t idle, quit;      /* see struct pump_rules */
	enum visibility visible; /* of control characters that are received */
	uint64_t rate_out, rate_in;  /* to and from the peer, in bytes a second; 0: no limit */
	bool watched;                /* the bytes are seen or counted, even if they are unchanged */
	struct recording *recording; /* NULL: nothing is recorded */
	bool hold;                   /* half-closes only after the peer has finished */
	bool listens;                /* peers connect to strait; else strait connects */
	bool stats;                  /* the observer is told the figures at the end */
	bool one_of_several;         /* there are other conversations: its name is told with them */
	bool trace;                  /* the observer is told what is decided */

	/* For standard input and output only. */
	struct stdio_rules stdio;
	int64_t input_timeout; /* how long a one-way transfer waits for the first input */
	bool hold_null;        /* the same if input is /dev/null */
};

/* Whether data passes unchanged and unseen, and only its end ends the conversation. */
bool talk_is_plain(const struct talk_rules *);

/*
 * One peer joined to one near side, from the connection to the result. The calls in order:
 * conversation_begin, conversation_far, one of conversation_near_*, conversation_start,
 * conversation_stop. It must not move until it is stopped, and owns its ends until then.
 */
struct conversation {
	const struct talk_rules *rules;
	struct observer *observer;
	struct loop *loop;
	struct connection *peer;  /* the far side; NULL: not set yet, or closed */
	struct connection *other; /* the near side, if that is a connection */
	union {
		struct end end;
		struct stdio stdio;
		struct pipes pipes;
	} own; /* the near side otherwise */
	struct end *near, *far;
	struct crlf crlf;
	struct telnet telnet;
	struct visible visible;
	struct outbox answers; /* from telnet to the peer; NULL data: no telnet */
	struct tracer tracer, out_tracer, in_tracer;
	struct pump_rules pumping;
	struct pump pump;
	struct reporter reporter;
	struct record *record; /* NULL: none */
	void (*done)(void *arg, const struct error *);
	void (*far_idles)(void *arg, bool idle); /* see conversation_watch */
	void *arg;
};

/*
 * Initialises a conversation. done is called once, from the loop, when the conversation has ended,
 * is closed, and lost messages are reported: with the error, or FAULT_NONE. rules and observer must
 * outlive it.
 */
void conversation_begin(struct conversation *, struct loop *, const struct talk_rules *rules,
    struct observer *, void (*done)(void *arg, const struct error *), void *arg);

/*
 * Sets a callback: far_idles is called when far has finished and nothing waits to be sent to it,
 * and when that changes.
 */
void conversation_watch(struct conversation *, void (*far_idles)(void *arg, bool idle));

/* Sets the far side: a connection, which must outlive the conversation and is closed by it. */
void conversation_far(struct conversation *, struct connection *);

/*
 * Sets the near side: standard input and output; the same, shared by several conversations; the
 * pipes of a child, in_fd to read its output and out_fd to write its input (-1: it has exited); or
 * another connection.
 */
bool conversation_near_stdio(struct conversation *, struct error *);
void conversation_near_shared(struct conversation *, struct stdio *shared, struct fanout *,
    void (*dropped)(void *arg), void *arg);
void conversation_near_child(struct conversation *, int in_fd, int out_fd, const char *name);
void conversation_near_connection(struct conversation *, struct connection *);

/*
 * Starts the pump. among_many: the peer is one of several clients. False with err;
 * conversation_stop is needed then, too.
 */
bool conversation_start(struct conversation *, bool among_many, struct error *);

/* The near side has gone: what far sends is discarded; ends when the rest is delivered. */
void conversation_near_left(struct conversation *);

/* Ends the conversation with an error of the caller, which done is called with. */
void conversation_break(struct conversation *, const struct error *);

/* Closes everything; needed in any case. Does nothing if zeroed. */
void conversation_stop(struct conversation *);

#endif
