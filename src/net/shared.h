#ifndef NET_SHARED_H
#define NET_SHARED_H

#include "net/stdio.h"

/*
 * What one of several conversations on the same standard input and output does in another way than
 * the only one. All return as the operations of an end do.
 */

/* Takes what has come in for this one, from its fanout. */
enum io shared_read(struct stdio *, char *buf, size_t size, size_t *got);

/* The same of messages: each is one piece of the fanout, and has to be taken as a whole. */
enum io shared_receive(struct stdio *, struct iovec *space, size_t *got);

/* How bytes are written when it is this one's turn. */
typedef enum io (*shared_writer)(
    struct stdio *, const struct iovec *parts, size_t count, size_t *put);

/* Writes lines: never into the line of another one, nor behind one that was broken off. */
enum io shared_write_lines(
    struct stdio *, shared_writer, const struct iovec *parts, size_t count, size_t *put);

#endif
