#ifndef NET_DESCRIPTOR_H
#define NET_DESCRIPTOR_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/error.h"

/*
 * Occupies each of descriptors 0, 1 and 2 that was closed at start, so that no socket of ours can
 * become somebody's standard output. Input is then empty; output fails with EBADF when there is
 * something to write. False when that is not possible.
 */
bool descriptor_reserve(struct error *);

/*
 * Closes descriptor 0, 1 or 2 for good, and keeps its number occupied. Returns close(2)'s result
 * with errno: for a file, its last chance to say that the data was lost.
 */
int descriptor_retire(int fd);

/* socket(2), the new descriptor non-blocking and closed on exec. -1 with errno. */
int descriptor_socket(int family, int type, int protocol);

/* accept(2), the new descriptor non-blocking and closed on exec. -1 with errno. */
int descriptor_accept(int fd, struct sockaddr *, socklen_t *);

/* A pipe, both ends non-blocking and closed on exec. -1 with errno. */
int descriptor_pipe(int fds[2]);

/* Makes a descriptor of ours blocking, as other programs expect theirs, or non-blocking. */
void descriptor_block(int fd, bool blocking);

/* Whether so many descriptors can still be had. */
bool descriptor_spare(int count);

/* Makes a pipe as large as everybody may, if it isn't larger already; none of its flags changes. */
void descriptor_widen(int fd);

/* Closes fd, if it is one, and keeps errno. Returns -1, the new value for the variable. */
int descriptor_close(int fd);

#endif
