#include <errno.h>
#include <stdlib.h>

#include "pump/lane.h"

/*
 * Messages: one read is one message, which is one write. Where the source is a byte stream a read
 * asks for no more than the sink can take in one message. Where the source knows its boundaries,
 * be it messages or a whole file for an unordered datagram, one byte more is asked for: a message
 * that is too long is refused, never cut.
 */

/* What a byte stream is cut into where the sink's limit is not known. */
#define STREAM_PIECE ((size_t)64 << 10)

static bool
has_boundaries(const struct lane *lane)
{
	return lane->source->messages_in || (lane->source->whole && !lane->sink->ordered);
}

static bool
message_start(struct lane *lane, struct error *err)
{
	const size_t limit = lane->sink->send_max > 0 ? lane->sink->send_max : STREAM_PIECE;

	lane->flight.size = limit + has_boundaries(lane);
	if (lane->source->messages_in)
		lane->flight.size = lane->source->receive_max + 1;
	/* Pages of it that no message reaches are never touched. */
	lane->flight.data = malloc(lane->flight.size);
	return lane->flight.data != NULL || error_errno(err, FAULT_LOCAL, "memory");
}

static void
message_stop(struct lane *lane)
{
	free(lane->flight.data);
	lane->flight.data = NULL;
}

static bool
message_in_flight(const struct lane *lane)
{
	return lane->flight.message;
}

static bool
message_has_room(const struct lane *lane)
{
	return !lane->flight.message;
}

static enum io
message_fill(struct lane *lane)
{
	size_t got = 0;
	const enum io outcome =
	    lane->source->ops->read(lane->source, lane->flight.data, lane->flight.size, &got);

	if (outcome != IO_DONE)
		return outcome;
	lane->taken += got;
	lane->flight.message = true;
	lane->flight.start = 0;
	lane->flight.end = got;
	return IO_DONE;
}

/* A message was put whole, or the rest of one into a byte stream. */
static void
message_done(struct lane *lane)
{
	lane->flight.message = false;
	lane->messages++;
}

static enum io
message_flush(struct lane *lane)
{
	const size_t len = lane->flight.end - lane->flight.start;
	size_t put = 0;
	enum io outcome;

	if (lane->sink->messages_out && lane->sink->send_max > 0 && len > lane->sink->send_max) {
		errno = EMSGSIZE;
		return IO_FAILED;
	}
	/* A byte stream cannot show a message that has no bytes. */
	if (len == 0 && !lane->sink->messages_out) {
		message_done(lane);
		return IO_DONE;
	}
	outcome =
	    lane->sink->ops->write(lane->sink, lane->flight.data + lane->flight.start, len, &put);
	if (outcome != IO_DONE)
		return outcome;
	lane->delivered += put;
	lane->flight.start += put;
	if (lane->flight.start == lane->flight.end)
		message_done(lane);
	return IO_DONE;
}

const struct mover message_mover = {
    .start = message_start,
    .stop = message_stop,
    .has_room = message_has_room,
    .in_flight = message_in_flight,
    .fill = message_fill,
    .flush = message_flush,
};
