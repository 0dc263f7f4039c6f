#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pump/lane.h"

/*
 * The copying mover reads into a buffer, applies the transforms in place, and writes. It reads into
 * the end of the buffer, so that the output of the transforms, which may be longer than their
 * input, never overwrites input that is still to be transformed.
 */

struct copy {
	char *data;
	size_t size, start, end; /* in flight: from start to end */
};

static void *
copy_start(const struct lane *lane)
{
	(void)lane;
	return calloc(1, sizeof(struct copy));
}

static void
copy_stop(void *flight)
{
	struct copy *c = flight;

	free(c->data);
	free(c);
}

void
copy_adopt(struct lane *lane, struct iovec rest)
{
	struct copy *c = lane->flight;

	if (rest.iov_base == NULL)
		return;
	c->data = rest.iov_base;
	c->size = c->end = rest.iov_len;
}

static bool
copy_in_flight(const struct lane *lane)
{
	const struct copy *c = lane->flight;

	return c->start < c->end || lane_has_replies(lane);
}

/* A transform may answer what is read, and its outbox must have room for that. */
static bool
copy_has_room(const struct lane *lane)
{
	const struct copy *c = lane->flight;
	const struct outbox *answers = transforms_answers(lane->rules.transforms);

	return c->start == c->end && (answers == NULL || outbox_empty(answers));
}

/* The size of the buffer: larger once there is much to carry. */
static size_t
wanted_size(const struct lane *lane)
{
	const struct transform *transforms = lane->rules.transforms;
	const size_t piece = lane->bulk && transforms == NULL ? lane->sink->piece : 0;

	return piece > LANE_PIECE ? piece : transforms_size(transforms, LANE_PIECE);
}

/* Allocates the buffer at the first read, since many lanes never carry anything. False with errno.
 */
static bool
has_memory(const struct lane *lane, struct copy *c)
{
	const size_t wanted = wanted_size(lane);

	if (c->size >= wanted)
		return true;
	free(c->data);
	c->data = malloc(wanted);
	c->size = c->data != NULL ? wanted : 0;
	return c->data != NULL;
}

static enum move
copy_fill(struct lane *lane)
{
	struct transform *transforms = lane->rules.transforms;
	struct copy *c = lane->flight;
	char *raw;
	size_t size, got = 0;
	enum io outcome;

	if (!has_memory(lane, c))
		return move_source(io_failed(lane->source, errno));
	size = transforms == NULL ? c->size : LANE_PIECE;
	raw = c->data + (c->size - size);
	outcome = lane->source->ops->read(lane->source, raw, lane_allowed(lane, size), &got);
	if (outcome == IO_DONE)
		lane_taken(lane, raw, got);
	c->start = 0;
	c->end = transforms_apply(transforms, c->data, raw, got, move_ends(outcome));
	return move_and_rest(lane, outcome, c->end);
}

/* How much may be written now: with --delay one line, and nothing until the delay is over. */
static size_t
portion(const struct lane *lane, const struct copy *c)
{
	const size_t len = c->end - c->start;
	const char *newline;

	if (lane->rules.delay <= 0 || len == 0)
		return len;
	if (lane->timers.pause != 0)
		return 0;
	newline = memchr(c->data + c->start, '\n', len);
	return newline != NULL ? (size_t)(newline - (c->data + c->start)) + 1 : len;
}

/* Of so many bytes written the first were replies. Returns how many were data. */
static size_t
replies_sent(struct lane *lane, size_t bytes)
{
	struct outbox *replies = lane->rules.replies;
	size_t first = replies->end - replies->start;

	first = bytes < first ? bytes : first;
	taps_answered(lane->rules.sink_taps, replies->data + replies->start, first);
	replies->start += first;
	return bytes - first;
}

static void
copy_delivered(struct lane *lane, struct copy *c, size_t bytes)
{
	const struct iovec part = {c->data + c->start, bytes};

	if (bytes == 0)
		return;
	c->start += bytes;
	lane_delivered(lane, &part, bytes);
	if (c->data[c->start - 1] == '\n')
		lane->delay_due = true;
}

/*
 * Replies could not be written. No data is lost by that, so the lane goes on; but unless the peer
 * has only stopped reading (EPIPE), the error is reported after all that it sent has been read.
 */
static enum move
drop_replies(struct lane *lane)
{
	outbox_close(lane->rules.replies);
	if (lane->sink->error.number != EPIPE)
		lane->sink->pending = lane->sink->error.number;
	return MOVE_AGAIN;
}

static enum move
copy_flush(struct lane *lane)
{
	struct copy *c = lane->flight;
	struct outbox *replies = lane_has_replies(lane) ? lane->rules.replies : NULL;
	const size_t len = portion(lane, c);
	struct iovec parts[2];
	size_t count = 0, put = 0;
	enum io outcome;

	if (replies != NULL)
		parts[count++] =
		    (struct iovec){replies->data + replies->start, replies->end - replies->start};
	if (len > 0)
		parts[count++] = (struct iovec){c->data + c->start, len};
	outcome = lane->sink->ops->write(lane->sink, parts, count, &put);
	if (outcome == IO_FAILED && replies != NULL && len == 0)
		return drop_replies(lane);
	if (outcome == IO_DONE)
		copy_delivered(lane, c, replies != NULL ? replies_sent(lane, put) : put);
	return move_sink(outcome);
}

const struct mover copy_mover = {
    .name = "copy",
    .start = copy_start,
    .stop = copy_stop,
    .has_room = copy_has_room,
    .in_flight = copy_in_flight,
    .fill = copy_fill,
    .flush = copy_flush,
};
