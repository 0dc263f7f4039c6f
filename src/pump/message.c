#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pump/lane.h"
#include "pump/marked.h"

/*
 * Messages: what is received in one is sent in one. There are three kinds of source:
 *
 *   one that keeps boundaries   several messages are received at once, each into a space of its own
 *   a stream that marks them    is read into one buffer, and what is complete in there is carried
 *   any other stream            one read is one message, of no more than the sink can take
 *
 * A message that is too long is refused, never cut. Of a whole file that is to be an unordered
 * datagram one byte more is asked for, so that its being too long is seen.
 *
 * Several messages are sent at once; a byte stream takes them one behind the other, each with its
 * marks if it marks them.
 */

/* What a byte stream is cut into where the sink's limit is not known. */
#define STREAM_PIECE LANE_PIECE

#define SPACES_SIZE ((size_t)2 << 20)

/* The parts that a message makes in a byte stream: a mark, its bytes, a mark. */
#define MARKED 3

/* Whether what is read at once is one message, and must not be cut. */
static bool
has_boundaries(const struct lane *lane)
{
	return lane->source->messages_in || (lane->source->whole && !lane->sink->divisible);
}

/* The longest message that the sink can take, as far as is known. */
static size_t
longest(const struct lane *lane)
{
	return lane->sink->send_max > 0 ? lane->sink->send_max : STREAM_PIECE;
}

/* How much is read into one space. */
static size_t
read_size(const struct lane *lane)
{
	if (marked_source(lane))
		return MARKED_SIZE;
	if (lane->source->messages_in)
		return lane->source->receive_max + 1;
	return longest(lane) + has_boundaries(lane);
}

static bool
message_start(struct lane *lane, struct error *err)
{
	size_t spaces = 1;

	lane->batch.size = read_size(lane);
	if (lane->rules.filter != NULL)
		lane->batch.size *= FILTER_GROWTH;
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

/* How many of count messages may be taken. */
static size_t
quota(const struct lane *lane, size_t count)
{
	const uint64_t left = lane->limit - lane->messages;

	return lane->limit > 0 && left < count ? (size_t)left : count;
}

static void
put_in_flight(struct lane *lane, size_t count)
{
	lane->batch.first = 0;
	lane->batch.end = count;
}

/* What a filter has made of one read goes out in as many messages as it needs. */
static void
cut(struct lane *lane, char *data, size_t len)
{
	const size_t max = has_boundaries(lane) ? len : longest(lane);
	size_t count = 0;

	do {
		const size_t size = len < max ? len : max;

		lane->batch.parts[count++] = (struct iovec){data, size};
		data += size;
		len -= size;
	} while (len > 0);
	put_in_flight(lane, count);
}

static enum io
fill_stream(struct lane *lane)
{
	struct filter *filter = lane->rules.filter;
	char *data = lane->batch.data;
	const size_t size = read_size(lane);
	char *raw = data + (lane->batch.size - size);
	size_t got = 0;
	const enum io outcome = lane->source->ops->read(lane->source, raw, size, &got);

	if (outcome != IO_DONE)
		return outcome;
	lane->taken += got;
	cut(lane, data, filter != NULL ? filter->apply(filter, data, raw, got) : got);
	return IO_DONE;
}

static enum io
fill_messages(struct lane *lane)
{
	struct filter *filter = lane->rules.filter;
	const size_t size = read_size(lane), most = quota(lane, lane->batch.spaces);
	struct iovec *parts = lane->batch.parts;
	size_t got = 0;
	enum io outcome;

	for (size_t i = 0; i < most; i++)
		parts[i] =
		    (struct iovec){lane->batch.data + (i + 1) * lane->batch.size - size, size};
	outcome = lane->source->ops->receive(lane->source, parts, most, &got);
	if (outcome != IO_DONE)
		return outcome;
	for (size_t i = 0; i < got; i++) {
		char *space = (char *)parts[i].iov_base + size - lane->batch.size;

		lane->taken += parts[i].iov_len;
		if (filter == NULL)
			continue;
		parts[i].iov_len =
		    filter->apply(filter, space, parts[i].iov_base, parts[i].iov_len);
		parts[i].iov_base = space;
	}
	put_in_flight(lane, got);
	return IO_DONE;
}

static enum io
fill_marked(struct lane *lane)
{
	size_t count = 0;
	const enum io outcome = marked_fill(lane, quota(lane, MESSAGES_MAX), &count);

	if (outcome == IO_DONE)
		put_in_flight(lane, count);
	return outcome;
}

static enum io
message_fill(struct lane *lane)
{
	if (marked_source(lane))
		return fill_marked(lane);
	return lane->source->messages_in ? fill_messages(lane) : fill_stream(lane);
}

/* The first message in flight has gone out. */
static void
message_done(struct lane *lane)
{
	lane->batch.first++;
	lane->batch.gone = 0;
	lane->messages++;
	lane->pausing = lane->rules.delay > 0;
}

/* The parts that a message makes in a byte stream; marks has room for both. Returns how many. */
static size_t
mark(const struct lane *lane, const struct iovec *message, char marks[2][FRAMING_MARK],
    struct iovec parts[MARKED])
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

/* Takes from parts what has gone out already. */
static size_t
cut_off(struct iovec *parts, size_t count, size_t gone)
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

/* So many bytes have gone out, and with them the messages that they complete. */
static void
put_bytes(struct lane *lane, size_t bytes)
{
	char marks[2][FRAMING_MARK];
	struct iovec parts[MARKED];

	lane->delivered += bytes;
	bytes += lane->batch.gone;
	while (message_in_flight(lane)) {
		const size_t count =
		    mark(lane, &lane->batch.parts[lane->batch.first], marks, parts);
		size_t len = 0;

		for (size_t i = 0; i < count; i++)
			len += parts[i].iov_len;
		if (bytes < len)
			break;
		bytes -= len;
		message_done(lane);
	}
	lane->batch.gone = bytes;
}

static enum io
flush_to_stream(struct lane *lane)
{
	char marks[MESSAGES_MAX][2][FRAMING_MARK];
	struct iovec parts[MARKED * MESSAGES_MAX];
	size_t count = 0, put = 0;
	enum io outcome;

	for (size_t i = lane->batch.first; i < lane->batch.end; i++) {
		count += mark(lane, &lane->batch.parts[i], marks[i], parts + count);
		if (lane->rules.delay > 0)
			break;
	}
	count = cut_off(parts, count, lane->batch.gone);
	/* A byte stream without marks cannot show a message that has no bytes. */
	if (count == 0) {
		put_bytes(lane, 0);
		return IO_DONE;
	}
	outcome = lane->sink->ops->write(lane->sink, parts, count, &put);
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

/* The first message in flight is too long for the sink. */
static enum io
leave_out_long(struct lane *lane)
{
	if (!lane->rules.lenient) {
		errno = EMSGSIZE;
		return IO_FAILED;
	}
	lane->left_out++;
	message_done(lane);
	return IO_DONE;
}

static enum io
flush_messages(struct lane *lane)
{
	const size_t first = lane->batch.first;
	const size_t most = lane->rules.delay > 0 ? first + 1 : lane->batch.end;
	size_t end = first, put = 0;
	enum io outcome;

	while (end < most && !too_long(lane, end))
		end++;
	if (end == first)
		return leave_out_long(lane);
	outcome = lane->sink->ops->send(lane->sink, &lane->batch.parts[first], end - first, &put);
	if (outcome == IO_FAILED && errno == EMSGSIZE)
		return leave_out_long(lane);
	if (outcome != IO_DONE)
		return outcome;
	for (size_t i = first; i < first + put; i++) {
		lane->delivered += lane->batch.parts[i].iov_len;
		message_done(lane);
	}
	return IO_DONE;
}

static enum io
message_flush(struct lane *lane)
{
	const enum io outcome =
	    lane->sink->messages_out ? flush_messages(lane) : flush_to_stream(lane);
	size_t count = 0;

	/* What the buffer has besides is in flight, too; that it is too long is the source's. */
	if (outcome == IO_DONE && !message_in_flight(lane) && marked_source(lane)) {
		if (marked_take(lane, quota(lane, MESSAGES_MAX), &count) == IO_FAILED)
			lane_break_source(lane);
		put_in_flight(lane, count);
	}
	return outcome;
}

const struct mover message_mover = {
    .start = message_start,
    .stop = message_stop,
    .has_room = message_has_room,
    .in_flight = message_in_flight,
    .fill = message_fill,
    .flush = message_flush,
};
