#ifndef PUMP_LANE_H
#define PUMP_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "codec/filter.h"
#include "codec/outbox.h"
#include "net/end.h"

struct lane;

/* How many bytes are read at once, where nothing else says how many. */
#define LANE_PIECE ((size_t)64 << 10)

/* What is asked of a lane besides carrying. All of it is the caller's, and outlives the lane. */
struct lane_rules {
	bool copy;              /* bytes are copied even where they could be spliced */
	struct filter *filter;  /* changes what is carried; NULL: nothing does */
	struct outbox *answers; /* ... and makes answers: nothing is read before they are gone */
	struct outbox *aside;   /* goes out in between; not counted */
	bool lenient;           /* a message that is too long for the sink is left out */
	int64_t delay;          /* from one line (or message) to the next, in nanoseconds */
};

/*
 * How a lane carries. A lane is given one mover, which keeps what is in flight; nobody else knows
 * which one it is. The outcomes are those of the ends' own reads and writes.
 */
struct mover {
	/* Makes ready what flight needs. False when memory or the like is short. */
	bool (*start)(struct lane *, struct error *);
	void (*stop)(struct lane *);
	/* Whether there is room to take more from the source, and whether anything is in flight. */
	bool (*has_room)(const struct lane *);
	bool (*in_flight)(const struct lane *);
	/* Takes from the source once; puts into the sink once. Bytes are counted in the lane. */
	enum io (*fill)(struct lane *);
	enum io (*flush)(struct lane *);
};

extern const struct mover copy_mover;    /* byte streams: read, keep, write */
extern const struct mover message_mover; /* one of the ends keeps message boundaries */

/*
 * The mover that carries a byte stream without copying, or NULL where these ends don't allow it. It
 * may hand its lane back to the copying mover. Its start cannot fail.
 */
const struct mover *splicing_mover(const struct end *source, const struct end *sink);

enum lane_state {
	LANE_OPEN,     /* the source may have more */
	LANE_DRAINING, /* it has not: what is in flight goes out, the sink is finished */
	LANE_FINISHED, /* all of it has reached the other side */
	LANE_BROKEN,   /* it never will */
};

/* One direction of a conversation. */
struct lane {
	struct end *source, *sink;
	struct lane_rules rules;
	const struct mover *mover;
	const struct mover *bulk_mover; /* to take over for much; NULL: none does */
	enum lane_state state;
	bool held; /* the sink is not to be finished yet */
	bool half_closed;
	bool probing;              /* the sink's other side is looked after */
	bool paced;                /* what was taken is to be acknowledged before there is more */
	bool starved;              /* in this turn the source was asked and had nothing */
	uint64_t taken, delivered; /* bytes, from the source and into the sink */
	uint64_t messages;         /* delivered; */
	uint64_t left_out;         /* counted among them, though they were not; */
	uint64_t limit;            /* no more than these are taken; 0: any number */
	bool bulk;                 /* much was there to be taken at once */
	uint64_t run;              /* bytes since the source last kept the lane waiting */
	bool gathering;            /* poll is not to call for a few bytes, before this time: */
	int64_t gather_until;
	int64_t rest_until;  /* something is short: nothing is tried before this time */
	bool pausing;        /* a line or message has gone out whole: a delay begins */
	bool paused;         /* ... and lasts: but for what is aside nothing goes out */
	int64_t pause_until; /* ... before this time */
	int64_t settle_at, settle_wait;
	struct error error; /* of a broken lane, and whose it is: */
	const struct end *culprit;
	/* What is in flight, each mover's own. */
	struct {
		char *data;
		size_t size, start, end;
	} copy;
	struct {
		char *data;
		size_t spaces, size; /* of them */
		struct iovec parts[MESSAGES_MAX];
		size_t first, end;  /* of the parts that hold a message, if only of no bytes */
		size_t gone;        /* bytes of the first that are with the sink already */
		size_t start, stop; /* what is left of a stream that marks messages */
	} batch;
	struct {
		int in, out; /* a pipe, -1 if there is none */
		size_t held; /* bytes in it */
		bool stuck;  /* straight: nothing goes before the sink has room */
	} pipe;
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

/* Whether something of strait's own is to go out in between. */
bool lane_has_aside(const struct lane *);

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

/* Breaks the lane with an error of its sink (or of its source), errno saying why. */
void lane_break_sink(struct lane *);
void lane_break_source(struct lane *);

/* Whether the source has ended and nothing is in flight. */
bool lane_is_dry(const struct lane *);
bool lane_over(const struct lane *); /* finished or broken */

/* Whether it has nothing to carry just now. */
bool lane_is_quiet(const struct lane *);

#endif
