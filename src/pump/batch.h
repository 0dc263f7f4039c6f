#ifndef PUMP_BATCH_H
#define PUMP_BATCH_H

#include "pump/lane.h"

/*
 * What the message mover has in flight, and how it splits a framed source into messages. A framed
 * source is a byte stream in which lines or frames mark where messages end (codec/framing.h).
 */
struct batch {
	char *data;
	size_t spaces, size; /* data is so many spaces of this size, each for one message */
	struct iovec parts[MESSAGES_MAX];
	size_t first, end;  /* of the parts that are in flight, one for each message */
	size_t gone;        /* bytes of the first part that were written already */
	size_t start, stop; /* framed source: bytes read and not yet split */
};

/* Room for one message with its frame, and for one more read. */
#define FRAMED_SIZE (FRAMING_MAX + FRAMING_MARK + LANE_PIECE)

/* Whether a lane's source is framed. */
bool framed_source(const struct lane *);

/*
 * Reads once, while nothing is in flight, and puts in flight up to most messages that are then
 * complete; there may be none. batch.size must be what transforms_size says for FRAMED_SIZE.
 * Fails with EBADMSG when the stream has ended inside a message. Fails with EMSGSIZE when a message
 * is longer than FRAMING_MAX (the source has failed) or than the sink can take (the sink has).
 */
enum move framed_fill(struct lane *, size_t most);

/* The same, of bytes that were read before. */
enum move framed_take(struct lane *, size_t most);

/* Whether bytes are left that are not a complete message, and may still be delivered. */
bool framed_is_left(const struct lane *);

/*
 * To be called when the stream has ended or is no longer read. Puts in flight what is left, since
 * the last line needs no newline; fails with EBADMSG if the framing does not allow that. MOVE_END:
 * nothing is left.
 */
enum move framed_end(struct lane *);

#endif
