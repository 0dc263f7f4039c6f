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
 * A queue with one writer and several readers, each at its own speed. It holds pieces of data; each
 * piece stays until all readers have taken it. A reader that is so slow that it holds up the
 * others is dropped: fanout.c says when.
 */
struct fanout_reader {
	LIST_ENTRY(fanout_reader) link;
	uint64_t position; /* in the stream, of the next byte to read */
	size_t left;       /* bytes left of the piece at position; 0: a header is there */
	bool doubtful;     /* see fanout_doubt */
	/* Called when the reader is to be dropped. It calls fanout_leave. */
	void (*dropped)(void *arg);
	void *arg;
	/* Called when something was put in, or the stream has ended. NULL: nothing is called. */
	void (*changed)(struct fanout_reader *);
};

struct fanout {
	LIST_HEAD(, fanout_reader) readers;
	char *data;          /* ring buffer of size bytes, a power of 2 */
	size_t size;         /* 0 at first */
	uint64_t start, end; /* the part of the stream that is in data */
	uint64_t confirmed;  /* data after this position is kept for a reader that joins later */
	size_t count;        /* of readers, */
	size_t doubtful;     /* and of those that may be gone: see fanout_doubt */
	size_t piece_max;    /* longest piece, less than half a window; 0: FANOUT_PIECE */
	/* The reader whose peer has sent the last piece: it does not wait for more. May be NULL. */
	const struct fanout_reader *last_writer;
	bool ended;        /* no more will be put in */
	bool congested;    /* a reader is far behind: nothing is put in */
	int64_t grace_end; /* ... and it is dropped then, if it has not caught up */
	/* The task that puts data in: loop_changed is called for it when there may be room, or
	 * readers. NULL: none. */
	struct task *source;
};

/* The default of piece_max. */
#define FANOUT_PIECE ((size_t)64 << 10)

void fanout_free(struct fanout *);

/*
 * Adds a reader, which gets what is put in from now on. If it is the only one, it also gets what
 * was taken only by doubtful readers that have left. Never fails.
 */
void fanout_join(struct fanout *, struct fanout_reader *, void (*dropped)(void *arg), void *arg);
void fanout_leave(struct fanout *, struct fanout_reader *);

/*
 * doubtful: the reader's peer may be gone, unnoticed. What the reader takes is kept for the next
 * one, until this is called with false.
 */
void fanout_doubt(struct fanout *, struct fanout_reader *, bool doubtful);

/*
 * Whether another piece may be put in. If not, fanout_shed and this are to be called again at
 * fanout_deadline (CLOCK_NEVER: no need).
 */
bool fanout_open(struct fanout *, int64_t now);
int64_t fanout_deadline(const struct fanout *);

/*
 * Drops the readers that have not caught up in time and keep others waiting. Their dropped may
 * remove its own reader, and no other.
 */
void fanout_shed(struct fanout *, int64_t now);

/*
 * Puts in a piece of 1 to piece_max bytes, for all readers but except, which may be NULL. False
 * with errno when memory is short, or with ENOBUFS when the window is full. The latter does not
 * happen right after fanout_open has returned true, and rarely with a short piece.
 */
bool fanout_put(struct fanout *, const struct fanout_reader *except, const char *data, size_t len);

/* No more will be put in. */
void fanout_end(struct fanout *);

/*
 * The piece that a reader is to get next, or what is left of it, in up to two parts, which are
 * valid until something is put in. Returns how many; 0: there is nothing now.
 */
size_t fanout_next(const struct fanout *, struct fanout_reader *, struct iovec parts[2]);

/* Tells that the reader has taken so many bytes of these parts. */
void fanout_took(struct fanout *, struct fanout_reader *, size_t bytes);

/* Whether there is nothing for a reader now. */
bool fanout_empty(const struct fanout *, const struct fanout_reader *);

#endif
