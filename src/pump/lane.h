#ifndef PUMP_LANE_H
#define PUMP_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "codec/outbox.h"
#include "codec/transform.h"
#include "net/end.h"
#include "pump/mover.h"
#include "pump/tap.h"

/* What is asked of a lane besides carrying. All of it is the caller's, and outlives the lane. */
struct lane_rules {
	bool copy;                    /* bytes are copied even where they could be spliced */
	struct transform *transforms; /* change what is carried, one after the other; NULL: none */
	struct tap *taps;             /* see what was delivered; NULL: nothing does */
	/*
	 * What transforms of the other direction answer: it goes out between what is carried, and
	 * is neither counted nor shown to taps. NULL: there is nothing such.
	 */
	struct outbox *replies;
	bool lenient;  /* a message that is too long for the sink is left out */
	int64_t delay; /* from one line (or message) to the next, in nanoseconds */
};

enum lane_state {
	LANE_OPEN,     /* the source may have more */
	LANE_DRAINING, /* it has not: what is in flight goes out */
	LANE_CLOSING,  /* all is out: the sink is being finished, which takes more than one turn */
	LANE_UNACKED,  /* it is finished: the other side's kernel is to acknowledge all */
	LANE_FINISHED, /* all of it has reached the other side */
	LANE_BROKEN,   /* it never will */
};

/* One direction of a conversation. */
struct lane {
	struct end *source, *sink;
	struct lane_rules rules;
	const struct mover *mover;
	void *flight; /* the mover's own */
	enum lane_state state;
	/* What the pump asks for: */
	bool held;      /* the sink is not to be finished yet */
	bool paced;     /* what was taken is to be acknowledged before there is more */
	uint64_t limit; /* no more messages than these are taken; 0: any number */

	bool may_splice;           /* for much to carry, as soon as the ends allow it */
	bool bulk;                 /* much was there to be taken at once */
	bool starved;              /* in this turn the source was asked and had nothing */
	bool delay_due;            /* a line or message, which a delay follows, has gone out */
	bool coalescing;           /* poll is not to call for a few bytes */
	uint64_t run;              /* bytes since the source last kept the lane waiting */
	uint64_t taken, delivered; /* bytes, from the source and into the sink */
	uint64_t messages;         /* delivered; */
	uint64_t left_out;         /* counted among them, though they were not */
	/* Times before which something is not done; 0: it may be done now. */
	struct {
		int64_t rest;     /* anything: the system is short of something */
		int64_t pause;    /* the next line or message: there is a delay between them */
		int64_t coalesce; /* reading: poll is still waiting for more */
		int64_t look;     /* looking whether all is acknowledged, */
		int64_t look_interval;
	} timers;
	struct error error; /* of a broken lane, and whose it is: */
	const struct end *culprit;
};

/* What poll told a lane about its ends. */
struct lane_events {
	bool asked;        /* whether the source has something was asked, */
	bool source, sink; /* and whether there is something to read, room to write; */
	bool heard;        /* the sink's other side has said something: it may have acknowledged */
};

/*
 * Begins a lane that owns neither end. The mover is chosen by what the ends keep; where the lane
 * may splice, it does so as soon as there is much to carry.
 */
bool lane_start(
    struct lane *, struct end *source, struct end *sink, const struct lane_rules *, struct error *);
void lane_stop(struct lane *);

/* Whether to poll the source for reading, and the sink for writing, at this time. */
bool lane_wants_source(const struct lane *, int64_t now);
bool lane_wants_sink(const struct lane *, int64_t now);

/* Whether there are replies to go out. */
bool lane_has_replies(const struct lane *);

/* When the lane is to be stepped even if poll tells nothing; CLOCK_NEVER if never. */
int64_t lane_deadline(const struct lane *);

/*
 * Carries what can be carried without waiting: at most one read and one write, and what follows
 * the end of the source. Returns whether anything moved or the state changed.
 */
bool lane_step(struct lane *, struct lane_events, int64_t now);

/* Takes no more from the source; what is in flight still goes out. */
void lane_end(struct lane *);

/* Ends the lane as finished although the sink was not: it is gone, and nothing was left for it. */
void lane_write_off(struct lane *);

/* Breaks the lane with the error that its sink, or its source, keeps. */
void lane_break_sink(struct lane *);
void lane_break_source(struct lane *);

/* Whether the source has ended and nothing is in flight. */
bool lane_is_dry(const struct lane *);
bool lane_over(const struct lane *); /* finished or broken */

/* Whether it has nothing to carry just now. */
bool lane_is_quiet(const struct lane *);

#endif
