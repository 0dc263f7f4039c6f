#ifndef NET_OUTFILE_H
#define NET_OUTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "net/loop.h"

/* The file that is named "-". */
#define OUTFILE_STANDARD_ERROR "-"

/*
 * How to write to standard error, where messages go, too. write() writes without blocking, and
 * never ends in the middle of a line that a message could then follow. It returns how many bytes
 * it has taken, or -1 with errno; EAGAIN: none now. Of the last line that it has taken it may keep
 * a part to be written first: with len 0 it writes that, and returns -1 until it is written. fd()
 * is what to poll for room.
 */
struct outfile_standard {
	ssize_t (*write)(const char *data, size_t len);
	int (*fd)(void);
};

/*
 * A file that is written beside a conversation: a regular file, a FIFO, a device, or standard
 * error. Writing never blocks, except as writing to a disk does: what a pipe does not take now is
 * queued. While anything has to wait there is no room: who puts something in should then pause. The
 * first failure is final; nothing is written after it.
 */
struct outfile {
	struct task task;
	struct loop *loop; /* NULL: not open */
	const char *name;
	const struct outfile_standard *standard; /* NULL: it is a file of its own, fd */
	int fd;
	bool append;
	bool terminal;                /* a terminal shows it */
	bool old;                     /* has what is to be removed before anything is written */
	bool blocked;                 /* has taken only a part of what is to be written */
	bool mid_line;                /* of that only the end of a line is left */
	int64_t give_up_at, patience; /* while outfile_close waits */
	char *data;
	size_t size, start, end; /* the queue: from start to end */
	struct error error;      /* the first failure */
	/* Called when there is no room any more, or room again, or writing has failed. */
	void (*changed)(void *arg, struct outfile *);
	void *arg;
};

/*
 * Opens a file, creates it if there is none, and does not truncate it yet. name must outlive it.
 * append: all that is written goes to the end. False with FAULT_LOCAL, also if it is a FIFO that
 * nobody reads.
 */
bool outfile_open(struct outfile *, const char *name, bool append,
    const struct outfile_standard *standard, struct loop *,
    void (*changed)(void *arg, struct outfile *), void *arg, struct error *);

/*
 * Whether it is a regular file that is also open as fd, so that one of the two would overwrite or
 * read what the other writes. Files that are both appended to only share it.
 */
bool outfile_is_also(const struct outfile *, int fd);

/*
 * Truncates a regular file that is not appended to: when the loop first runs, so that a program
 * that cannot start destroys nothing.
 */
void outfile_truncate(struct outfile *);

/*
 * Writes len bytes: at once if they are many, else together with others at the end of this turn of
 * the loop.
 */
void outfile_put(struct outfile *, const char *data, size_t len);

/* Whether nothing has to wait. True after a failure. */
bool outfile_has_room(const struct outfile *);

/*
 * Writes what is queued, and closes the file. It runs the loop meanwhile, until all is written, no
 * byte was taken for so long (in nanoseconds), or the loop is stopped. False with FAULT_STANDARD
 * and the first failure of all. Returns true if it is not open.
 */
bool outfile_close(struct outfile *, int64_t patience, struct error *);

#endif
