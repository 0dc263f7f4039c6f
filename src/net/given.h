#ifndef NET_GIVEN_H
#define NET_GIVEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

/*
 * Standard input, output and error, as whoever started strait has given them: others share them, so
 * that none of their flags may change. This is the one place that knows how to read and write each
 * kind of them without waiting for anybody.
 */
struct given {
	int fd;       /* to be polled: the descriptor that was given, or our own for it */
	int own;      /* the latter, of a terminal, or -1 */
	bool inlined; /* SO_OOBINLINE was changed, and is to be again what it was: */
	int inline_before;
	bool prompt; /* tries are free: false where one that comes too early costs a moment */
	ssize_t (*read)(struct given *, void *buf, size_t size);
	ssize_t (*write)(struct given *, const struct iovec *parts, size_t count);
};

/*
 * Takes descriptor fd, of the kind that fstat(2)'s st_mode says, which is to be read (O_RDONLY) or
 * written (O_WRONLY). Never fails.
 */
void given_open(struct given *, int fd, mode_t mode, int access);

/* Closes what is our own, and leaves a socket as it was. */
void given_close(struct given *);

/*
 * read(2) and writev(2), which do no more than can be done at once. -1 with errno: EAGAIN or EINTR
 * when that is nothing.
 */
ssize_t given_read(struct given *, void *buf, size_t size);
ssize_t given_write(struct given *, const struct iovec *parts, size_t count);

#endif
