#ifndef PUMP_LANE_H
#define PUMP_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/trace.h"
#include "codec/outbox.h"
#include "codec/transform.h"
#include "net/end.h"
#include "pump/mover.h"
#include "pump/pace.h"
#include "pump/tap.h"

/* Options of a lane. What they point to is owned by the caller and must outlive the lane. */
struct lane_rules {
	bool copy;                    /* never splice */
	struct transform *transforms; /* a chain that changes the bytes; NULL: none */
	struct tap *source_taps;      /* a list that sees what was read; NULL: none */
	struct tap *sink_taps;        /* a list that sees what was written; NULL: none */
	/*
	 * Answers made by the transforms of the other lane (telnet). They are written to this
	 * lane's sink ahead of data, and are not counted. NULL: none.
	 */
	struct outbox *replies;
	bool skip_too_long;          /* drop a message that the sink cannot take; else fail */
	int64_t delay;               /* from one line (or message) to the next, in nanoseconds */
	uint64_t rate;               /* how many bytes a second may cross; 0: no limit */
	bool rate_of_sink;           /* they are counted at the sink; else at the source */
	const struct tracer *tracer; /* NULL: nothing is traced */
};

enum lane_state {
	LANE_OPEN,     /* the source is read */
	LANE_DRAINING, /* the source has ended: what is in flight is written */
	LANE_CLOSING,  /* all is written: finishing (half-closing) the sink takes several turns */
	LANE_UNACKED,  /* the sink is finished: waiting until the peer's kernel has acknowledged */
	LANE_FINISHED, /* all was delivered */
	LANE_BROKEN,   /* the source or the sink has failed */
};

/* One direction of a conversation. */
struct lane {
	struct end *source, *sink;
	struct lane_rules rules;
	const struct mover *mover;
	void *flight; /* the mover's state */
	enum lane_state state;
	/* Set by the pump: */
	bool finish_deferred; /* the sink must not be finished yet */
	bool await_ack;       /* no reading until all that was written is acknowledged */
	uint64_t limit;       /* how many messages to take; 0: any number */

	bool may_splice;           /* may change to splicing, once there is much to carry */
	bool bulk;                 /* one read has returned much */
	bool source_empty;         /* in this turn the source was polled and had nothing */
	bool delay_due;            /* a line or message was written, after which the delay begins */
	bool coalescing;           /* a low-water mark is set: poll doesn't report a few bytes */
	unsigned coalesced;        /* how often that has begun */
	bool probed;               /* keepalive probes find out whether the sink's peer is there */
	uint64_t run;              /* bytes read since the source last paused */
	struct pace pace;          /* the limit of rules.rate */
	size_t allowance;          /* how many bytes a fill may read: movers keep to it */
	uint64_t taken, delivered; /* bytes read from the source, written to the sink */
	uint64_t messages;         /* delivered, and those dropped as too long: */
	uint64_t left_out;
	/* Times until which something must wait; 0: it need not. */
	struct {
		int64_t backoff;   /* everything: the kernel is short of buffers or memory */
		int64_t pause;     /* writing the next line or message: --delay */
		int64_t rate;      /* reading: the limit of rules.rate is used up */
		int64_t coalesce;  /* reading, while poll waits for more bytes */
		int64_t ack_check; /* asking again whether all is acknowledged */
		int64_t ack_interval;
	} timers;
	struct error error;        /* of a broken lane */
	const struct end *culprit; /* the end that has failed */
};

/* What poll said about a lane's ends in this turn. */
struct lane_events {
	bool polled;       /* the source was polled for reading */
	bool source, sink; /* it can be read; the sink can be written to */
	bool replied;      /* the sink's peer has sent something, and may have acknowledged */
};

/*
 * Starts a lane between two ends, which stay the caller's. It starts with the message mover if one
 * of the ends keeps or frames messages, otherwise with the copying one; it changes to splicing when
 * there is much to carry and nothing forbids it.
 */
bool lane_start(
    struct lane *, struct end *source, struct end *sink, const struct lane_rules *, struct error *);
void lane_stop(struct lane *);

/* Whether only time can keep the lane from reading. */
bool lane_has_room(const struct lane *);

/* Whether the lane can use data from the source, or room in the sink, at this time. */
bool lane_wants_source(const struct lane *, int64_t now);
bool lane_wants_sink(const struct lane *, int64_t now);

/* Whether there are replies to be written. */
bool lane_has_replies(const struct lane *);

/* When the lane must be stepped even if poll reports nothing; CLOCK_NEVER: never. */
int64_t lane_deadline(const struct lane *);

/*
 * Until when the lane keeps still on purpose, because of a delay or a limit; 0 or a time that has
 * passed: it does not.
 */
int64_t lane_paused_until(const struct lane *);

/* From now on the limit on bytes a second does not apply. */
void lane_lift_limit(struct lane *);

/*
 * Makes at most one read and one write, neither of which blocks, and takes the steps that follow
 * the end of the source. Returns whether anything moved or the state changed.
 */
bool lane_step(struct lane *, struct lane_events, int64_t now);

/*
 * Stops reading the source; what is in flight is still written. who and what together say why, for
 * --trace: an end's name, and what it has done. what may be NULL.
 */
void lane_end(struct lane *, const char *who, const char *what);

/* Makes the lane finished without finishing its sink, whose peer has gone. Nothing is in flight. */
void lane_write_off(struct lane *);

/* Breaks the lane with its sink's error, or its source's. */
void lane_break_sink(struct lane *);
void lane_break_source(struct lane *);

/* Whether the source has ended and nothing is in flight. */
bool lane_is_drained(const struct lane *);
bool lane_over(const struct lane *); /* finished or broken */

/* Whether the source had nothing in this turn, and nothing is in flight. */
bool lane_is_quiet(const struct lane *);

#endif
