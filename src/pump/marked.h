#ifndef PUMP_MARKED_H
#define PUMP_MARKED_H

#include "pump/lane.h"

/* Messages that the message mover takes out of a byte stream in which they are marked. */

/* Room for one message and its mark, and for what is read besides. */
#define MARKED_SIZE (FRAMING_MAX + FRAMING_MARK + LANE_PIECE)

/* Whether a lane's source is such a stream. */
bool marked_source(const struct lane *);

/*
 * Reads once, with nothing in flight, and makes batch.parts of up to most messages that are then
 * complete; *count is how many, which may be 0. Room for what is read is batch.size, MARKED_SIZE
 * times FILTER_GROWTH where there is a filter. IO_FAILED with EBADMSG when the stream has ended
 * inside a message, with EMSGSIZE when one is too long; the lane is broken already if it was too
 * long for the sink alone.
 */
enum io marked_fill(struct lane *, size_t most, size_t *count);

/* The same with what has been read before. */
enum io marked_take(struct lane *, size_t most, size_t *count);

#endif
