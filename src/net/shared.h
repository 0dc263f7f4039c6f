#ifndef NET_SHARED_H
#define NET_SHARED_H

#include "net/stdio.h"

/*
 * Operations of a standard end (net/stdio.h) that several conversations share: input comes from a
 * fanout, and lines of output are not mixed. All return what the operations of an end return.
 */

/* Reads a byte stream from the fanout. */
enum io shared_read(struct stdio *, char *buf, size_t size, size_t *got);

/* Receives a message from the fanout: one piece, which is taken as a whole. */
enum io shared_receive(struct stdio *, struct iovec *space, size_t *got);

/* Writes bytes to standard output. */
typedef enum io (*shared_writer)(
    struct stdio *, const struct iovec *parts, size_t count, size_t *put);

/*
 * Writes lines, by means of a writer: waits while another conversation is in the middle of a line,
 * and adds the newline to a line that was not completed.
 */
enum io shared_write_lines(
    struct stdio *, shared_writer, const struct iovec *parts, size_t count, size_t *put);

#endif
