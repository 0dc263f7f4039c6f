#ifndef PUMP_MOVER_H
#define PUMP_MOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "net/end.h"

struct lane;

/* How many bytes are read at once by default. */
#define LANE_PIECE ((size_t)64 << 10)

/* The outcome of one fill or flush of a mover. */
enum move {
	MOVE_DONE,          /* something was moved */
	MOVE_AGAIN,         /* nothing can be moved now: ask poll(2) */
	MOVE_BUSY,          /* the kernel is short of buffers or memory: try again in a moment */
	MOVE_END,           /* the source has ended */
	MOVE_SOURCE_FAILED, /* the end has the error */
	MOVE_SINK_FAILED,
	MOVE_UNSPLICEABLE, /* change to the copying mover, with what this one surrenders */
};

/*
 * How a lane carries: copying, splicing, or message by message. A lane has one mover at a time. In
 * flight is what was read and is not written yet; only the mover knows how it is kept
 * (lane->flight).
 */
struct mover {
	const char *name; /* for --trace */
	/* Allocates lane->flight. NULL with errno when memory is short. */
	void *(*start)(const struct lane *);
	void (*stop)(void *flight);
	/* Whether there is room for another fill; whether anything is in flight. */
	bool (*has_room)(const struct lane *);
	bool (*in_flight)(const struct lane *);
	/*
	 * fill reads from the source once, at most lane_allowed bytes, and calls lane_taken, and
	 * lane_message_taken after each message. flush writes to the sink once and calls
	 * lane_delivered, and lane_message_... after each message.
	 */
	enum move (*fill)(struct lane *);
	enum move (*flush)(struct lane *);
	/*
	 * After MOVE_UNSPLICEABLE: hands over what is in flight, in memory that the caller frees;
	 * NULL and 0 bytes if there is nothing. False with errno. NULL: it never returns that.
	 */
	bool (*surrender)(struct lane *, struct iovec *rest);
};

extern const struct mover copy_mover;    /* byte streams: read, keep, write */
extern const struct mover message_mover; /* where an end keeps message boundaries */

/* The mover that splices between these ends; NULL if they cannot be spliced at this moment. */
const struct mover *splicing_mover(const struct end *source, const struct end *sink);

/* Gives a copying mover that has nothing in flight what another mover has surrendered. */
void copy_adopt(struct lane *, struct iovec rest);

/* Changes to splicing, if the ends allow it now. Nothing may be in flight. */
void mover_splices(struct lane *);

/* Changes to copying, after MOVE_UNSPLICEABLE. False with errno. */
bool mover_copies(struct lane *);

/* The outcome of a read from the source, or of a write to the sink, as the mover's. */
enum move move_source(enum io);
enum move move_sink(enum io);

/* Whether nothing follows what was read from the source. */
bool move_ends(enum io);

/*
 * The outcome of a read from the source, where so many bytes are in flight now: with an error they
 * are what transforms had kept back, and are delivered before the error is reported.
 */
enum move move_and_rest(struct lane *, enum io, size_t bytes);

/* How many of so many bytes may be read now, because of the lane's limit: at least one. */
size_t lane_allowed(const struct lane *, size_t bytes);

/* So many bytes were read from the source; data is NULL if spliced. They were a message. */
void lane_taken(struct lane *, const char *data, size_t bytes);
void lane_message_taken(struct lane *);

/* The first so many bytes of the parts were written to the sink. parts is NULL if spliced. */
void lane_delivered(struct lane *, const struct iovec *parts, size_t bytes);

/* A message was delivered completely; or dropped, as too long for the sink. */
void lane_message_delivered(struct lane *);
void lane_message_left_out(struct lane *);

#endif
