#ifndef NET_GIVEN_H
#define NET_GIVEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

/*
 * A standard descriptor (0, 1 or 2), which other processes share, so that none of its flags may be
 * changed. This is the one place that knows how to read and write each kind without blocking.
 */
struct given {
	int fd;       /* to be polled, read and written: the inherited one, or own */
	int own;      /* a second descriptor of a terminal; -1: none */
	bool inlined; /* SO_OOBINLINE was set, and is to be restored to: */
	int inline_before;
	bool guarded; /* a call that cannot proceed returns after a millisecond; else at once */
	ssize_t (*read)(struct given *, void *buf, size_t size);
	ssize_t (*write)(struct given *, const struct iovec *parts, size_t count);
};

/*
 * Prepares fd, whose kind is in mode (fstat(2)'s st_mode), for reading (access O_RDONLY) or writing
 * (O_WRONLY). Never fails.
 */
void given_open(struct given *, int fd, mode_t mode, int access);

/* Closes the second descriptor, and restores a socket's options. */
void given_close(struct given *);

/*
 * As read(2) and writev(2), without blocking. -1 with errno; EAGAIN or EINTR: nothing can be read
 * or written now.
 */
ssize_t given_read(struct given *, void *buf, size_t size);
ssize_t given_write(struct given *, const struct iovec *parts, size_t count);

/* Whether it is /dev/null. */
bool given_is_null(const struct stat *);

/*
 * Whether it has a reader that may exit or hang up: a pipe, socket or terminal. Of files, poll(2)
 * may report POLLERR with another meaning: in sysfs, that they have not been read yet.
 */
bool given_has_reader(int fd, const struct stat *);

/* Whether each write to a pipe is a packet to its reader (pipe(2) O_DIRECT). */
bool given_keeps_packets(int fd);

#endif
