#ifndef PUMP_PUMP_H
#define PUMP_PUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/end.h"
#include "net/loop.h"
#include "pump/lane.h"

/*
 * When a conversation ends, beyond "when both sides have finished". Near is the user's side
 * (standard input and output, a program, another peer), far the peer's. Durations are in
 * nanoseconds; negative: no limit.
 */
struct pump_rules {
	int64_t idle;          /* -w: fail when nothing has moved for this long */
	int64_t quit;          /* -q: how long the other side may go on when one has finished */
	int64_t input_timeout; /* once far has finished: how long to wait for near's first byte */
	uint64_t messages;     /* end after so many messages from far; 0: no limit */
	bool datagrams;      /* datagrams from far have no end: after near's end, silence is one */
	bool near_datagrams; /* the same from near */
	bool hold;           /* half-close far only after far has finished */
	bool near_follows;   /* stop reading near when far has finished (a terminal) */
	bool one_way;        /* the same, but only if near has given nothing so far */
	bool sent_is_all;    /* end when all of near's data is delivered, whatever far sends */
	bool far_unanswered; /* far has no address to send to: near is not read */
	bool near_gone;      /* near is a program that has exited: read what is there, and end */
	bool near_is_peer;   /* a relay: what near sent before it failed is delivered, too */
	const struct tracer *tracer; /* NULL: nothing is traced */
	struct lane_rules out, in;
};

enum pump_state {
	PUMP_RUNNING,
	PUMP_READING_REST,    /* a side has failed: what it had sent before that is read */
	PUMP_DELIVERING_REST, /* one of two peers has failed: its data is delivered to the other */
	PUMP_ENDED,
};

/* Whether far is there, has closed, or has reset the connection with data still unread. */
enum liveness { LIVENESS_ALIVE, LIVENESS_GONE, LIVENESS_BROKEN };

/* Two lanes between two ends, until both are finished or one is broken. */
struct pump {
	struct task task;
	struct loop *loop;
	struct end *near, *far;
	struct lane out, in; /* near to far, far to near */
	struct pump_rules rules;
	enum pump_state state;
	int64_t moved_at;  /* when something was last moved */
	int64_t near_done; /* when near had nothing more to give; CLOCK_NEVER before that */
	int64_t far_done;
	int64_t sent_at;     /* when the last of near's data came */
	int64_t received_at; /* when the last of far's did */
	int64_t wake_at;     /* when to be served even if poll reports nothing */
	int64_t sample_at;   /* when to look at acknowledgements again, which count as movement */
	size_t unacknowledged;
	/* Whether far, which has finished, is still there (pump/liveness.c). */
	struct {
		enum { FAR_ASSUMED, FAR_UNCONFIRMED, FAR_CONFIRMED } state;
		uint64_t delivered_before; /* by the out lane, before it was unconfirmed */
		int64_t interval;          /* from one look at acknowledgements to the next */
		int64_t check_at;          /* CLOCK_NEVER: nothing is unacknowledged */
	} confirm;
	bool far_idle; /* far has finished, and there is nothing to send to it now */
	/* Called when far_idle has changed; NULL: not called. */
	void (*far_idles)(void *arg, bool idle);
	/* A task whose deadline depends on what moves here: loop_changed is called for it in each
	 * turn. NULL: none. */
	struct task *watcher;
	/* The outcome: */
	struct error error; /* FAULT_NONE: all was delivered, both ways */
	bool no_input;      /* near gave nothing within input_timeout */
	void (*done)(void *arg, struct pump *);
	void *arg;
};

/*
 * Starts a pump between two open ends, which stay the caller's. done is called once, from the loop,
 * with the outcome in pump.error, whose text has the cause and the bytes moved each way.
 */
bool pump_start(struct pump *, struct loop *, struct end *near, struct end *far,
    const struct pump_rules *, void (*done)(void *arg, struct pump *), void *arg, struct error *);

/* What poll has said of far so far. */
enum liveness pump_far_liveness(const struct pump *);

/* Whether far is idle and has acknowledged all, so that it may be closed to make room. */
bool pump_may_drop(struct pump *);

/* When input_timeout expires; CLOCK_NEVER while it does not apply. */
int64_t pump_input_deadline(const struct pump *);

/* Near has gone (a program has exited): sets the rule near_gone. */
void pump_near_gone(struct pump *);

/* Ends the pump with an error from outside: done is called with it. */
void pump_break(struct pump *, const struct error *cause);

/* Frees what the pump has, running or ended. May be called twice. */
void pump_stop(struct pump *);

#endif
