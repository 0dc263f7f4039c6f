#ifndef NET_DESCRIPTOR_H
#define NET_DESCRIPTOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/error.h"

/*
 * Opens each of descriptors 0, 1 and 2 that was closed at start, so that no later socket gets its
 * number. Standard input is then empty, a write to standard output fails with EBADF, and standard
 * error is discarded. False if that fails.
 */
bool descriptor_reserve(struct error *);

/*
 * Closes descriptor 0, 1 or 2 for good, and keeps its number in use. Returns close(2)'s result with
 * errno: some file systems report only there that data was lost.
 */
int descriptor_retire(int fd);

/* socket(2), the new descriptor non-blocking and closed on exec. -1 with errno. */
int descriptor_socket(int family, int type, int protocol);

/* accept(2), the new descriptor non-blocking and closed on exec. -1 with errno. */
int descriptor_accept(int fd, struct sockaddr *, socklen_t *);

/* A pipe, both ends non-blocking and closed on exec. -1 with errno. */
int descriptor_pipe(int fds[2]);

/* Makes a descriptor of strait's own blocking, as programs expect theirs, or non-blocking. */
void descriptor_block(int fd, bool blocking);

/* Whether count more descriptors can be opened within the limit of this process. */
bool descriptor_spare(int count);

/* Enlarges a pipe to the size that any user may set, if it is smaller. Changes no flag. */
void descriptor_widen(int fd);

/* How many bytes a pipe holds; -1 if that is not known. */
int descriptor_pipe_size(int fd);

/*
 * How many bytes a file or disk has; -1 if it is neither, or that is not known. Leaves the offset,
 * which other processes share, where it is.
 */
int64_t descriptor_size(int fd);

/*
 * Whether what is written to two descriptors gets to the same place: a file, a pipe, a terminal. Of
 * other devices, such as /dev/null, it is not known, and false.
 */
bool descriptor_same(int, int);

/* Closes fd unless it is -1, and keeps errno. Returns -1, the new value of the variable. */
int descriptor_close(int fd);

#endif
