#ifndef PUMP_MOVER_H
#define PUMP_MOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "net/end.h"

struct lane;

/* How many bytes are read at once, where nothing else says how many. */
#define LANE_PIECE ((size_t)64 << 10)

/* How one attempt of a mover to take or to put something ended. */
enum move {
	MOVE_DONE,          /* something has moved */
	MOVE_AGAIN,         /* nothing can be moved now: ask poll(2) */
	MOVE_BUSY,          /* the system is short of something: wait a little */
	MOVE_END,           /* the source has ended */
	MOVE_SOURCE_FAILED, /* the end's error says why */
	MOVE_SINK_FAILED,
	MOVE_UNSPLICEABLE, /* the copying mover is to go on, with what this one surrenders */
};

/*
 * How a lane carries. A lane has one mover at a time, which keeps what is in flight in
 * lane->flight; nobody else knows what that is.
 */
struct mover {
	/* Makes what is to be lane->flight. NULL with errno when memory is short. */
	void *(*start)(const struct lane *);
	void (*stop)(void *flight);
	/* Whether there is room to take more from the source, and whether anything is in flight. */
	bool (*has_room)(const struct lane *);
	bool (*in_flight)(const struct lane *);
	/*
	 * Takes from the source once; puts into the sink once. What was taken is added to
	 * lane->taken; of what was put the lane is told with lane_delivered and lane_message_....
	 */
	enum move (*fill)(struct lane *);
	enum move (*flush)(struct lane *);
	/*
	 * After MOVE_UNSPLICEABLE: what is in flight, in memory that is the caller's from there on;
	 * no bytes, and NULL, if nothing is. False with errno. NULL: this mover never gives up.
	 */
	bool (*surrender)(struct lane *, struct iovec *rest);
};

extern const struct mover copy_mover;    /* byte streams: read, keep, write */
extern const struct mover message_mover; /* one of the ends keeps message boundaries */

/*
 * The mover that carries a byte stream without copying, or NULL where these ends don't allow it at
 * this moment.
 */
const struct mover *splicing_mover(const struct end *source, const struct end *sink);

/* Puts into the flight of a copying mover, which has nothing, what another one surrendered. */
void copy_adopt(struct lane *, struct iovec rest);

/* The lane is spliced from here on, if its ends allow that now. Nothing is in flight. */
void mover_splices(struct lane *);

/* It is copied from here on, after MOVE_UNSPLICEABLE. False with errno. */
bool mover_copies(struct lane *);

/* The outcome of an operation of the source, or of the sink, as that of a move. */
enum move move_source(enum io);
enum move move_sink(enum io);

/* The sink has taken so many bytes, which begin the parts. NULL for those: they were spliced. */
void lane_delivered(struct lane *, const struct iovec *parts, size_t bytes);

/* A message has been delivered to its end; is too long for the sink, and left out. */
void lane_message_delivered(struct lane *);
void lane_message_left_out(struct lane *);

#endif
