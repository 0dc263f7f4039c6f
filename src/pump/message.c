#include <errno.h>
#include <stdlib.h>

#include "pump/lane.h"

/*
 * Messages: what is received in one is sent in one. Several are received at once, each into a space
 * of its own, and sent at once; a byte stream takes them one behind the other. Where the source is
 * a byte stream, one read is one message, and asks for no more than the sink can take. Where the
 * source knows its boundaries, be it messages or a whole file for an unordered datagram, one byte
 * more is asked for: a message that is too long is refused, never cut.
 */

/* What a byte stream is cut into where the sink's limit is not known. */
#define STREAM_PIECE ((size_t)64 << 10)

/* What the spaces may take altogether; those that no message reaches are never in memory. */
#define SPACES_SIZE ((size_t)2 << 20)

static bool
has_boundaries(const struct lane *lane)
{
	return lane->source->messages_in || (lane->source->whole && !lane->sink->ordered);
}

static size_t
space_size(const struct lane *lane)
{
	const size_t limit = lane->sink->send_max > 0 ? lane->sink->send_max : STREAM_PIECE;

	if (lane->source->messages_in)
		return lane->source->receive_max + 1;
	return limit + has_boundaries(lane);
}

static bool
message_start(struct lane *lane, struct error *err)
{
	size_t spaces = 1;

	lane->batch.size = space_size(lane);
	if (lane->source->messages_in)
		spaces = SPACES_SIZE / lane->batch.size;
	if (spaces > MESSAGES_MAX)
		spaces = MESSAGES_MAX;
	lane->batch.spaces = spaces > 0 ? spaces : 1;
	lane->batch.data = malloc(lane->batch.spaces * lane->batch.size);
	return lane->batch.data != NULL || error_errno(err, FAULT_LOCAL, "memory");
}

static void
message_stop(struct lane *lane)
{
	free(lane->batch.data);
	lane->batch.data = NULL;
}

static bool
message_in_flight(const struct lane *lane)
{
	return lane->batch.first < lane->batch.end;
}

static bool
message_has_room(const struct lane *lane)
{
	return !message_in_flight(lane);
}

/* How many messages may be taken at once. */
static size_t
quota(const struct lane *lane)
{
	const uint64_t left = lane->limit - lane->messages;

	if (lane->limit > 0 && left < lane->batch.spaces)
		return (size_t)left;
	return lane->batch.spaces;
}

static enum io
message_fill(struct lane *lane)
{
	struct end *source = lane->source;
	struct iovec *parts = lane->batch.parts;
	const size_t size = lane->batch.size, most = quota(lane);
	size_t got = 1;
	enum io outcome;

	for (size_t i = 0; i < most; i++)
		parts[i] = (struct iovec){lane->batch.data + i * size, size};
	if (source->messages_in)
		outcome = source->ops->receive(source, parts, most, &got);
	else
		outcome = source->ops->read(source, parts->iov_base, size, &parts->iov_len);
	if (outcome != IO_DONE)
		return outcome;
	for (size_t i = 0; i < got; i++)
		lane->taken += parts[i].iov_len;
	lane->batch.first = 0;
	lane->batch.end = got;
	return IO_DONE;
}

/* So many bytes have gone out, and with them the messages that they complete. */
static void
put_bytes(struct lane *lane, size_t bytes)
{
	lane->delivered += bytes;
	while (message_in_flight(lane)) {
		struct iovec *part = &lane->batch.parts[lane->batch.first];

		if (bytes < part->iov_len) {
			part->iov_base = (char *)part->iov_base + bytes;
			part->iov_len -= bytes;
			return;
		}
		bytes -= part->iov_len;
		lane->batch.first++;
		lane->messages++;
	}
}

static enum io
flush_to_stream(struct lane *lane)
{
	size_t put = 0;
	enum io outcome;

	/* A byte stream cannot show a message that has no bytes. */
	put_bytes(lane, 0);
	if (!message_in_flight(lane))
		return IO_DONE;
	outcome = lane->sink->ops->write(lane->sink, &lane->batch.parts[lane->batch.first],
	    lane->batch.end - lane->batch.first, &put);
	if (outcome == IO_DONE)
		put_bytes(lane, put);
	return outcome;
}

static bool
too_long(const struct lane *lane, size_t i)
{
	const size_t max = lane->sink->send_max;

	return max > 0 && lane->batch.parts[i].iov_len > max;
}

static enum io
message_flush(struct lane *lane)
{
	const size_t first = lane->batch.first;
	size_t end = first, put = 0;
	enum io outcome;

	if (!lane->sink->messages_out)
		return flush_to_stream(lane);
	while (end < lane->batch.end && !too_long(lane, end))
		end++;
	if (end == first) {
		errno = EMSGSIZE;
		return IO_FAILED;
	}
	outcome = lane->sink->ops->send(lane->sink, &lane->batch.parts[first], end - first, &put);
	if (outcome != IO_DONE)
		return outcome;
	for (size_t i = first; i < first + put; i++)
		lane->delivered += lane->batch.parts[i].iov_len;
	lane->batch.first += put;
	lane->messages += put;
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
