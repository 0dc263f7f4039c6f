#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pump/lane.h"

/*
 * Bytes are read, changed if there is a filter, kept, and written. What a filter reads is put so
 * far behind what it writes that the one never overtakes the other.
 */

static bool
copy_start(struct lane *lane, struct error *err)
{
	const size_t least = lane->rules.filter != NULL ? FILTER_GROWTH * LANE_PIECE : LANE_PIECE;

	/* Larger where another mover leaves more in flight. */
	if (lane->copy.size < least)
		lane->copy.size = least;
	lane->copy.start = lane->copy.end = 0;
	(void)err;
	return true;
}

static void
copy_stop(struct lane *lane)
{
	free(lane->copy.data);
	lane->copy.data = NULL;
}

static bool
copy_in_flight(const struct lane *lane)
{
	return lane->copy.start < lane->copy.end || lane_has_aside(lane);
}

/* The answers that a filter makes of what comes in have to find room. */
static bool
copy_has_room(const struct lane *lane)
{
	const struct outbox *answers = lane->rules.answers;

	return lane->copy.start == lane->copy.end && (answers == NULL || outbox_empty(answers));
}

/* Memory for what is read: more of it once there is much to carry. False with errno. */
static bool
has_memory(struct lane *lane)
{
	const bool larger =
	    lane->bulk && lane->rules.filter == NULL && lane->sink->piece > lane->copy.size;

	if (lane->copy.data != NULL && !larger)
		return true;
	if (larger)
		lane->copy.size = lane->sink->piece;
	free(lane->copy.data);
	lane->copy.data = malloc(lane->copy.size);
	return lane->copy.data != NULL;
}

static enum io
copy_fill(struct lane *lane)
{
	struct filter *filter = lane->rules.filter;
	char *raw;
	size_t size, got = 0;
	enum io outcome;

	/* Many lanes never carry anything. */
	if (!has_memory(lane))
		return IO_FAILED;
	size = filter != NULL ? LANE_PIECE : lane->copy.size;
	raw = lane->copy.data + (lane->copy.size - size);
	outcome = lane->source->ops->read(lane->source, raw, size, &got);
	if (outcome != IO_DONE)
		return outcome;
	lane->taken += got;
	lane->copy.start = 0;
	lane->copy.end = filter != NULL ? filter->apply(filter, lane->copy.data, raw, got) : got;
	return IO_DONE;
}

/* What may go out now of what is in flight: with a delay one line, and nothing during it. */
static size_t
portion(const struct lane *lane)
{
	const char *data = lane->copy.data + lane->copy.start;
	const size_t len = lane->copy.end - lane->copy.start;
	const char *newline;

	if (lane->rules.delay <= 0)
		return len;
	if (lane->paused)
		return 0;
	newline = memchr(data, '\n', len);
	return newline != NULL ? (size_t)(newline - data) + 1 : len;
}

/* So many bytes have gone out: first what was put aside, then data. */
static void
put_bytes(struct lane *lane, size_t bytes)
{
	struct outbox *aside = lane->rules.aside;
	size_t first = 0;

	if (lane_has_aside(lane)) {
		first = aside->end - aside->start;
		first = bytes < first ? bytes : first;
		aside->start += first;
	}
	lane->copy.start += bytes - first;
	lane->delivered += bytes - first;
	lane->pausing =
	    lane->rules.delay > 0 && bytes > first && lane->copy.data[lane->copy.start - 1] == '\n';
}

/*
 * Answers are no data: that the other side does not take them breaks nothing. What it has sent
 * before is read, and then an error is told.
 */
static enum io
drop_aside(struct lane *lane)
{
	outbox_close(lane->rules.aside);
	if (errno != EPIPE)
		lane->sink->error = errno;
	return IO_AGAIN;
}

static enum io
copy_flush(struct lane *lane)
{
	const struct outbox *aside = lane->rules.aside;
	struct iovec parts[2];
	size_t count = 0, put = 0;
	enum io outcome;

	if (lane_has_aside(lane))
		parts[count++] =
		    (struct iovec){aside->data + aside->start, aside->end - aside->start};
	if (portion(lane) > 0)
		parts[count++] = (struct iovec){lane->copy.data + lane->copy.start, portion(lane)};
	outcome = lane->sink->ops->write(lane->sink, parts, count, &put);
	if (outcome == IO_DONE)
		put_bytes(lane, put);
	if (outcome == IO_FAILED && lane_has_aside(lane) && count == 1)
		return drop_aside(lane);
	return outcome;
}

const struct mover copy_mover = {
    .start = copy_start,
    .stop = copy_stop,
    .has_room = copy_has_room,
    .in_flight = copy_in_flight,
    .fill = copy_fill,
    .flush = copy_flush,
};
