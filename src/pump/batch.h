#ifndef PUMP_BATCH_H
#define PUMP_BATCH_H

#include "pump/lane.h"

/* What the message mover has in flight, and how it takes it out of a stream that marks messages. */
struct batch {
	char *data;
	size_t spaces, size; /* of them: each has room for what one message becomes */
	struct iovec parts[MESSAGES_MAX];
	size_t first, end;  /* of the parts that hold a message, if only of no bytes */
	size_t gone;        /* bytes of the first that are with the sink already */
	size_t start, stop; /* what is left of a stream that marks messages */
};

/* Room for one message and its mark, and for what is read besides. */
#define MARKED_SIZE (FRAMING_MAX + FRAMING_MARK + LANE_PIECE)

/* Whether a lane's source is such a stream. */
bool marked_source(const struct lane *);

/*
 * Reads once, with nothing in flight, and puts in flight up to most messages that are complete
 * then, if there are any. Room for what is read is batch.size: MARKED_SIZE, times what transforms
 * may make of it. Fails with EBADMSG when the stream has ended inside a message, with EMSGSIZE when
 * one is too long: for anybody, which is the source's failure, or for the sink.
 */
enum move marked_fill(struct lane *, size_t most);

/* The same with what has been read before. */
enum move marked_take(struct lane *, size_t most);

/* Whether it has left something that is no complete message. */
bool marked_is_left(const struct lane *);

/*
 * The stream has ended, or is not read any more: puts in flight what is left, since a line may do
 * without its newline. Fails with EBADMSG where it may not. MOVE_END: nothing is left.
 */
enum move marked_end(struct lane *);

#endif
