#ifndef SERVICE_CONVERSATION_H
#define SERVICE_CONVERSATION_H

#include "base/event.h"
#include "codec/crlf.h"
#include "codec/framing.h"
#include "codec/telnet.h"
#include "net/loop.h"
#include "net/pipes.h"
#include "net/stdio.h"
#include "open/connection.h"
#include "pump/pump.h"
#include "service/reporter.h"

/*
 * How to talk: what changes what is said on its way, and when it ends. Durations are in
 * nanoseconds, and negative for "for ever" (or none).
 */
struct talk_rules {
	enum framing framing; /* how messages are marked where a byte stream carries them */
	size_t datagram_size; /* the longest message for a peer; 0: as long as can be */
	bool crlf, telnet;    /* transforms */
	bool copy;            /* streams are not spliced */
	int64_t delay;        /* between lines */
	uint64_t messages;    /* how many are taken from the peer; 0: any number */
	int64_t idle, quit;   /* see struct pump_rules */
	bool hold;            /* the peer is told of an end only when it has finished itself */

	/* For standard input and output. */
	struct stdio_rules stdio;
	int64_t begin;  /* how long input may keep the end of a one-way transfer waiting */
	bool hold_null; /* as hold, where input is /dev/null */
};

/* Whether all that is said goes on as it is, and nothing but its end ends it. */
bool talk_is_plain(const struct talk_rules *);

/*
 * One peer, from the connected socket to the result. First it is begun, then each side is given an
 * end, then it starts. It must stay where it is until it is stopped, and owns its ends until then.
 */
struct conversation {
	const struct talk_rules *rules;
	struct observer *observer;
	struct loop *loop;
	struct connection *peer;  /* far; NULL: not there (yet, or any more) */
	struct connection *other; /* near, where that is a peer, too */
	union {
		struct end end;
		struct stdio stdio;
		struct pipes pipes;
	} own; /* near, where it is not */
	struct end *near, *far;
	struct crlf crlf;
	struct telnet telnet;
	struct outbox answers; /* of telnet's; NULL data: there is no telnet */
	struct pump_rules pumping;
	struct pump pump;
	struct reporter reporter;
	void (*done)(void *arg, const struct error *);
	void (*far_idles)(void *arg, bool idle); /* see conversation_watch */
	void *arg;
};

/*
 * done is called once, from the loop, when the conversation has ended, all of it is closed, and its
 * losses are told; with what went wrong, or FAULT_NONE. rules and observer must outlive it.
 */
void conversation_begin(struct conversation *, struct loop *, const struct talk_rules *rules,
    struct observer *, void (*done)(void *arg, const struct error *), void *arg);

/*
 * From now on far_idles is called when far has finished and there is nothing for it now, and when
 * there is something again.
 */
void conversation_watch(struct conversation *, void (*far_idles)(void *arg, bool idle));

/* The far side: a connection, which outlives the conversation and is closed by it. */
void conversation_far(struct conversation *, struct connection *);

/*
 * The near side: standard input and output, or as one of several conversations; the pipes of a
 * child, of whose output in_fd is one end and of whose input out_fd is one (-1: it has exited);
 * another connection, as the far one.
 */
bool conversation_near_stdio(struct conversation *, struct error *);
void conversation_near_shared(struct conversation *, struct stdio *shared, struct fanout *,
    void (*dropped)(void *arg), void *arg);
void conversation_near_child(struct conversation *, int in_fd, int out_fd, const char *name);
void conversation_near_connection(struct conversation *, struct connection *);

/*
 * Starts it; among_many: the peer is one of several clients. False when it could not be started; it
 * is to be stopped then, too.
 */
bool conversation_start(struct conversation *, bool among_many, struct error *);

/* What far says does not count any more: it is done when all that near has said is delivered. */
void conversation_near_left(struct conversation *);

/* Ends it for a reason of ours: done is called with that. */
void conversation_break(struct conversation *, const struct error *);

/* Closes what is open; to be called at the end in any case. Of zeroes it does nothing. */
void conversation_stop(struct conversation *);

#endif
