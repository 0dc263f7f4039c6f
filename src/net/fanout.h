#ifndef NET_FANOUT_H
#define NET_FANOUT_H

#include <bsd/sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "net/loop.h"

/*
 * What is to be sent to several readers, each at its own speed: a window on one stream of pieces,
 * kept until the last reader has taken it.
 */
struct fanout_reader {
	LIST_ENTRY(fanout_reader) link;
	uint64_t position; /* in the stream, of what comes next */
	size_t left;       /* bytes of the piece that has been begun */
	bool doubtful;     /* see fanout_doubt */
	/* It lags behind too far, and would hold up the others. */
	void (*dropped)(void *arg);
	void *arg;
	/* There is something for it, or the end. NULL: it looks for itself. */
	void (*changed)(struct fanout_reader *);
};

struct fanout {
	LIST_HEAD(, fanout_reader) readers;
	char *data;          /* the window: size bytes, a power of 2, used in a circle */
	size_t size;         /* 0 at first */
	uint64_t start, end; /* what of the stream is in there */
	uint64_t sure;   /* only what stands behind this is kept for a reader that comes later */
	size_t count;    /* of readers, */
	size_t doubtful; /* and of those that may have gone */
	size_t longest;  /* piece there may be, less than half a window; 0: FANOUT_PIECE */
	/* Who has put in the last piece, and does not wait for more; NULL: somebody else. */
	const struct fanout_reader *speaker;
	bool ended;       /* no more will be put in */
	bool congested;   /* some lag far behind: nothing is put in */
	int64_t patience; /* ... and have until then to catch up */
	/* What puts in, told by loop_changed that there may be room, or readers; NULL: nothing. */
	struct task *source;
};

/* The most bytes of one piece, unless longest says otherwise. */
#define FANOUT_PIECE ((size_t)64 << 10)

void fanout_free(struct fanout *);

/*
 * Adds a reader, which is to get what comes from now on, and what only a doubtful one has taken
 * that has gone since; takes it out again. Both never fail.
 */
void fanout_join(struct fanout *, struct fanout_reader *, void (*dropped)(void *arg), void *arg);
void fanout_leave(struct fanout *, struct fanout_reader *);

/*
 * A reader may have gone without anybody knowing: what it takes is kept for the next one until it
 * is known that this is not so.
 */
void fanout_doubt(struct fanout *, struct fanout_reader *, bool doubtful);

/*
 * Whether another piece may be put in. Where this says no because some lag too far behind, it is to
 * be asked again, and fanout_shed to be called, at fanout_deadline (CLOCK_NEVER: no need).
 */
bool fanout_open(struct fanout *, int64_t now);
int64_t fanout_deadline(const struct fanout *);

/*
 * Drops those who have not caught up in time and keep others waiting. dropped may take out its own
 * reader, and no other.
 */
void fanout_shed(struct fanout *, int64_t now);

/*
 * Puts in a piece of up to FANOUT_PIECE bytes, or longest, and never of none, for all readers but
 * except, which may be NULL. False with errno when memory is short, or with ENOBUFS when the window
 * is full, which does not happen when fanout_open has just said that it is open, and rarely to a
 * short piece.
 */
bool fanout_put(struct fanout *, const struct fanout_reader *except, const char *data, size_t len);

/* No more will be put in. */
void fanout_end(struct fanout *);

/*
 * What a reader is to get next: up to two parts, which stay where they are until something is put
 * in. Returns how many, 0 when there is nothing now.
 */
size_t fanout_next(const struct fanout *, struct fanout_reader *, struct iovec parts[2]);

/* The reader has taken so many bytes of that. */
void fanout_took(struct fanout *, struct fanout_reader *, size_t bytes);

/* Whether there is nothing for a reader now. */
bool fanout_empty(const struct fanout *, const struct fanout_reader *);

#endif
