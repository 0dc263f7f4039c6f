#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pump/batch.h"

/*
 * The message mover: each message received is sent as one message. There are three kinds of source:
 *
 *   keeps message boundaries   several messages are received at once, each into its own space
 *   framed byte stream         read into one buffer, from which complete messages are taken
 *   other byte stream          each read makes one message, no longer than the sink can take
 *
 * A message that is too long is an error, and is never cut. A regular file sent as one datagram is
 * read with one byte more than fits, to find out that it is too long.
 *
 * Several messages are sent in one call. A byte stream as the sink gets them one after the other,
 * each in its frame if the sink is framed.
 */

/* The size of a message made from a byte stream where the sink's limit is not known. */
#define STREAM_PIECE LANE_PIECE

/* Memory for the messages that are received at once, at most. */
#define SPACES_SIZE ((size_t)2 << 20)

/* The parts of a frame: what comes before the message, the message, what comes after it. */
#define FRAME_PARTS 3

/* Whether one read gives one message, which must not be cut. */
static bool
has_boundaries(const struct lane *lane)
{
	return lane->source->messages_in || (lane->source->regular_file && !lane->sink->may_cut);
}

/* The longest message that the sink is known to take. */
static size_t
longest_message(const struct lane *lane)
{
	return lane->sink->send_max > 0 ? lane->sink->send_max : STREAM_PIECE;
}

/*
 * A byte stream makes messages of what is read at once. Because of the lane's limit no less than
 * this is read, so that a slow lane does not cut short messages.
 */
#define SMALLEST_READ ((size_t)1 << 10)

/* How much of a byte stream to read into a space of so many bytes. */
static size_t
stream_portion(const struct lane *lane, size_t size)
{
	const size_t allowed =
	    lane_allowed(lane, size) > SMALLEST_READ ? lane_allowed(lane, size) : SMALLEST_READ;

	/* A message of a size that the user has chosen is not cut. */
	return lane->sink->may_cut || has_boundaries(lane) || allowed > size ? size : allowed;
}

/* How much is read into one space. */
static size_t
read_size(const struct lane *lane)
{
	if (framed_source(lane))
		return FRAMED_SIZE;
	if (lane->source->messages_in)
		return lane->source->receive_max + 1;
	return longest_message(lane) + has_boundaries(lane);
}

static void *
message_start(const struct lane *lane)
{
	struct batch *b = calloc(1, sizeof(*b));
	size_t spaces = 1;

	if (b == NULL)
		return NULL;
	b->size = transforms_size(lane->rules.transforms, read_size(lane));
	if (lane->source->messages_in)
		spaces = SPACES_SIZE / b->size;
	if (spaces > MESSAGES_MAX)
		spaces = MESSAGES_MAX;
	b->spaces = spaces > 0 ? spaces : 1;
	b->data = malloc(b->spaces * b->size);
	if (b->data != NULL)
		return b;
	free(b);
	return NULL;
}

static void
message_stop(void *flight)
{
	struct batch *b = flight;

	free(b->data);
	free(b);
}

/* When a framed source is no longer read, an incomplete message that is left counts as one. */
static bool
message_in_flight(const struct lane *lane)
{
	const struct batch *b = lane->flight;

	return b->first < b->end || (lane->state != LANE_OPEN && framed_is_left(lane));
}

static bool
message_has_room(const struct lane *lane)
{
	return !message_in_flight(lane);
}

/* How many of count messages the lane's limit allows. */
static size_t
quota(const struct lane *lane, size_t count)
{
	const uint64_t left = lane->limit - lane->messages;

	return lane->limit > 0 && left < count ? (size_t)left : count;
}

/* One read, after the transforms, may need several messages. */
static void
split_into_messages(const struct lane *lane, struct batch *b, size_t len)
{
	const size_t max = has_boundaries(lane) ? len : longest_message(lane);
	char *data = b->data;

	b->first = b->end = 0;
	do {
		const size_t size = len < max ? len : max;

		b->parts[b->end++] = (struct iovec){data, size};
		data += size;
		len -= size;
	} while (len > 0);
}

static enum move
fill_stream(struct lane *lane)
{
	struct batch *b = lane->flight;
	const size_t size = read_size(lane);
	char *raw = b->data + (b->size - size);
	size_t got = 0;
	const enum io outcome =
	    lane->source->ops->read(lane->source, raw, stream_portion(lane, size), &got);
	size_t len;

	if (outcome == IO_DONE)
		lane_taken(lane, raw, got);
	len = transforms_apply(lane->rules.transforms, b->data, raw, got, move_ends(outcome));
	if (outcome == IO_DONE || len > 0)
		split_into_messages(lane, b, len);
	return move_and_rest(lane, outcome, len);
}

static enum move
fill_messages(struct lane *lane)
{
	struct batch *b = lane->flight;
	const size_t size = read_size(lane), allowed = lane_allowed(lane, b->spaces * size) / size;
	const size_t most = quota(lane, allowed > 0 ? allowed : 1);
	size_t got = 0;
	enum io outcome;

	for (size_t i = 0; i < most; i++)
		b->parts[i] = (struct iovec){b->data + (i + 1) * b->size - size, size};
	outcome = lane->source->ops->receive(lane->source, b->parts, most, &got);
	if (outcome != IO_DONE)
		return move_source(outcome);
	for (size_t i = 0; i < got; i++) {
		struct iovec *part = &b->parts[i];
		char *raw = part->iov_base, *space = raw + size - b->size;

		lane_taken(lane, raw, part->iov_len);
		lane_message_taken(lane);
		*part = (struct iovec){space,
		    transforms_apply(lane->rules.transforms, space, raw, part->iov_len, true)};
	}
	b->first = 0;
	b->end = got;
	return MOVE_DONE;
}

static enum move
message_fill(struct lane *lane)
{
	if (framed_source(lane))
		return framed_fill(lane, quota(lane, MESSAGES_MAX));
	return lane->source->messages_in ? fill_messages(lane) : fill_stream(lane);
}

/* The first message in flight has been sent or dropped. */
static void
next_message(struct batch *b)
{
	b->first++;
	b->gone = 0;
}

/* Frames a message for the sink: fills marks and parts. Returns the number of parts. */
static size_t
add_frame(const struct lane *lane, const struct iovec *message, char marks[2][FRAMING_MARK],
    struct iovec parts[FRAME_PARTS])
{
	size_t before, behind, count = 0;

	framing_marks(lane->sink->framing, message->iov_base, message->iov_len, marks[0], &before,
	    marks[1], &behind);
	if (before > 0)
		parts[count++] = (struct iovec){marks[0], before};
	if (message->iov_len > 0)
		parts[count++] = *message;
	if (behind > 0)
		parts[count++] = (struct iovec){marks[1], behind};
	return count;
}

/* Removes from parts the bytes that were written already. Returns how many parts are left. */
static size_t
skip_sent(struct iovec *parts, size_t count, size_t gone)
{
	size_t first = 0;

	while (first < count && gone >= parts[first].iov_len)
		gone -= parts[first++].iov_len;
	memmove(parts, parts + first, (count - first) * sizeof(*parts));
	if (first < count) {
		parts->iov_base = (char *)parts->iov_base + gone;
		parts->iov_len -= gone;
	}
	return count - first;
}

/* So many bytes were written to a byte stream: counts them, and each message they complete. */
static void
batch_delivered(struct lane *lane, size_t bytes)
{
	struct batch *b = lane->flight;
	char marks[2][FRAMING_MARK];
	struct iovec parts[FRAME_PARTS];

	while (b->first < b->end) {
		size_t count = add_frame(lane, &b->parts[b->first], marks, parts);
		size_t left, put;

		count = skip_sent(parts, count, b->gone);
		left = end_length(parts, count);
		put = bytes < left ? bytes : left;
		lane_delivered(lane, parts, put);
		b->gone += put;
		bytes -= put;
		if (put < left)
			return;
		next_message(b);
		lane_message_delivered(lane);
	}
}

static enum move
flush_to_stream(struct lane *lane)
{
	const struct batch *b = lane->flight;
	char marks[MESSAGES_MAX][2][FRAMING_MARK];
	struct iovec parts[FRAME_PARTS * MESSAGES_MAX];
	size_t count = 0, put = 0;
	enum io outcome;

	for (size_t i = b->first; i < b->end; i++) {
		count += add_frame(lane, &b->parts[i], marks[i], parts + count);
		if (lane->rules.delay > 0)
			break;
	}
	count = skip_sent(parts, count, b->gone);
	/* In a stream without frames an empty message is nothing to write. */
	if (count == 0) {
		batch_delivered(lane, 0);
		return MOVE_DONE;
	}
	outcome = lane->sink->ops->write(lane->sink, parts, count, &put);
	if (outcome == IO_DONE)
		batch_delivered(lane, put);
	return move_sink(outcome);
}

static bool
too_long(const struct lane *lane, const struct iovec *message)
{
	const size_t max = lane->sink->send_max;

	return max > 0 && message->iov_len > max;
}

/* The first message in flight is too long for the sink: drops it, or fails. */
static enum move
leave_out_long(struct lane *lane)
{
	if (!lane->rules.skip_too_long)
		return move_sink(io_failed(lane->sink, EMSGSIZE));
	next_message(lane->flight);
	lane_message_left_out(lane);
	return MOVE_DONE;
}

static enum move
flush_messages(struct lane *lane)
{
	struct batch *b = lane->flight;
	const size_t first = b->first, most = lane->rules.delay > 0 ? first + 1 : b->end;
	size_t end = first, put = 0;
	enum io outcome;

	while (end < most && !too_long(lane, &b->parts[end]))
		end++;
	if (end == first)
		return leave_out_long(lane);
	outcome = lane->sink->ops->send(lane->sink, &b->parts[first], end - first, &put);
	if (outcome == IO_FAILED && lane->sink->error.number == EMSGSIZE)
		return leave_out_long(lane);
	if (outcome != IO_DONE)
		return move_sink(outcome);
	for (size_t i = first; i < first + put; i++) {
		next_message(b);
		lane_delivered(lane, &b->parts[i], b->parts[i].iov_len);
		lane_message_delivered(lane);
	}
	return MOVE_DONE;
}

static enum move
message_flush(struct lane *lane)
{
	const struct batch *b = lane->flight;
	enum move outcome;

	if (b->first == b->end)
		return framed_end(lane);
	outcome = lane->sink->messages_out ? flush_messages(lane) : flush_to_stream(lane);
	/* The buffer may have more complete messages. */
	if (outcome == MOVE_DONE && b->first == b->end && framed_source(lane))
		return framed_take(lane, quota(lane, MESSAGES_MAX));
	return outcome;
}

const struct mover message_mover = {
    .name = "message",
    .start = message_start,
    .stop = message_stop,
    .has_room = message_has_room,
    .in_flight = message_in_flight,
    .fill = message_fill,
    .flush = message_flush,
};
