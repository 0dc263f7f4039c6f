#ifndef PUMP_PUMP_H
#define PUMP_PUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/end.h"
#include "net/loop.h"
#include "pump/lane.h"

/*
 * When a conversation ends, beyond "when both sides have finished". Near is the side of the user
 * (standard input and output), far the peer. Durations are in nanoseconds, negative: for ever.
 */
struct pump_rules {
	int64_t idle;        /* neither side has moved a byte for this long */
	int64_t quit;        /* one side has finished, the other gets this long */
	int64_t begin;       /* far has said all, near nothing so far: it gets this long to begin */
	uint64_t messages;   /* after this many messages from far; 0: any number */
	bool datagrams;      /* far has no end: silence after near's end is an ordinary one */
	bool near_datagrams; /* the same of near */
	bool hold;           /* far is half-closed only when it has finished itself */
	bool near_follows;   /* near has no more to say once far has finished: a terminal */
	bool one_way;        /* ... if it has not said anything so far */
	bool sent_is_all;    /* what far says doesn't count: done when near's is delivered */
	bool far_unanswered; /* far can't be written to: near is not read */
	bool near_left;      /* near says no more than what can be read now, and hears nothing */
	bool near_is_peer;   /* of a relay: what it sent before it failed counts, too */
	struct lane_rules out, in;
};

enum pump_state {
	PUMP_RUNNING,
	PUMP_READING_REST,    /* a side has failed: what it had sent before is still read */
	PUMP_DELIVERING_REST, /* of two peers one has failed: the other is to get what it said */
	PUMP_ENDED,
};

/* What is known of a side: it is there, or has gone, or has broken off before all was read. */
enum presence { PRESENCE_THERE, PRESENCE_GONE, PRESENCE_BROKEN };

/* Two lanes between two ends, until both are finished or one is broken. */
struct pump {
	struct task task;
	struct loop *loop;
	struct end *near, *far;
	struct lane out, in; /* near to far, far to near */
	struct pump_rules rules;
	enum pump_state state;
	int64_t moved_at;  /* when something moved last */
	int64_t near_done; /* since when near has nothing more to give; CLOCK_NEVER before */
	int64_t far_done;
	int64_t said_at;   /* when near's last message came, */
	int64_t heard_at;  /* and far's */
	int64_t wake_at;   /* state or rules have changed: to be served even if nothing happens */
	int64_t sample_at; /* when to look for acknowledgements, which are a movement too */
	size_t unacknowledged;
	/* Far has finished, and may have gone: nobody knows before it acknowledges something. */
	struct {
		enum { FAR_TRUSTED, FAR_DOUBTED, FAR_PROVED } trust;
		uint64_t from;    /* what was delivered before it was doubted */
		int64_t interval; /* from one look to the next */
		int64_t look_at;  /* CLOCK_NEVER: there is nothing to acknowledge */
	} proof;
	bool far_idle; /* far has finished, and there is nothing for it now */
	/* That has changed; NULL: nobody wants to know. */
	void (*far_idles)(void *arg, bool idle);
	/* A task that wants something else when something moves; NULL: none. */
	struct task *watcher;
	/* The outcome: */
	struct error error; /* FAULT_NONE: all was delivered, both ways */
	bool unbegun;       /* near did not begin in the time that it had */
	void (*done)(void *arg, struct pump *);
	void *arg;
};

/*
 * Starts a pump between two open ends, which stay the caller's. done is called once, from the loop,
 * with the outcome in error: its text names the cause and the bytes moved each way.
 */
bool pump_start(struct pump *, struct loop *, struct end *near, struct end *far,
    const struct pump_rules *, void (*done)(void *arg, struct pump *), void *arg, struct error *);

/* What became of far, as far as poll has told. */
enum presence pump_far_presence(const struct pump *);

/*
 * Whether far has finished, and all there was for it is acknowledged: it may be closed when there
 * is no room for others.
 */
bool pump_may_drop(struct pump *);

/* When near, which has said nothing, will have had its time to begin; CLOCK_NEVER: no such time. */
int64_t pump_begin_deadline(const struct pump *);

/* From now on near_left is one of the rules. */
void pump_near_left(struct pump *);

/* Ends the pump for a reason that it does not know of: done is called with it. */
void pump_break(struct pump *, const struct error *cause);

/* Gives up what the pump holds; to be called after its end, and also before. */
void pump_stop(struct pump *);

#endif
