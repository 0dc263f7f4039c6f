#include "pump/batch.h"

#include <errno.h>
#include <string.h>

/*
 * A framed source is read into one buffer. Complete messages are put in flight without being
 * copied; an incomplete one is moved to the front of the buffer before the next read.
 */

bool
framed_source(const struct lane *lane)
{
	return !lane->source->messages_in && lane->source->framing != FRAMING_NONE;
}

/* The longest message that is taken from a framed source. */
static size_t
longest_framed(const struct lane *lane)
{
	const size_t sink = lane->sink->messages_out ? lane->sink->send_max : 0;

	return sink > 0 && sink < FRAMING_MAX ? sink : FRAMING_MAX;
}

/* Finds the first message in the buffer. A line that is too long is cut if the sink allows that. */
static enum split
split(const struct lane *lane, size_t *skip, size_t *size, size_t *used)
{
	const struct batch *b = lane->flight;
	const enum framing framing = lane->source->framing;
	const size_t max = longest_framed(lane);
	const enum split found =
	    framing_split(framing, b->data + b->start, b->stop - b->start, max, skip, size, used);

	if (found != SPLIT_TOO_LONG || framing != FRAMING_TEXT || !lane->sink->may_cut)
		return found;
	*size = *used = max;
	return SPLIT_DONE;
}

enum move
framed_take(struct lane *lane, size_t most)
{
	struct batch *b = lane->flight;
	enum split found = SPLIT_DONE;
	size_t skip, size, used;

	b->first = b->end = 0;
	while (b->end < most && (found = split(lane, &skip, &size, &used)) == SPLIT_DONE) {
		b->parts[b->end++] = (struct iovec){b->data + b->start + skip, size};
		b->start += used;
	}
	if (b->end > 0 || found != SPLIT_TOO_LONG)
		return MOVE_DONE;
	/* Too long for the sink, or longer than the format allows. */
	if (longest_framed(lane) < FRAMING_MAX)
		return move_sink(io_failed(lane->sink, EMSGSIZE));
	return move_source(io_failed(lane->source, EMSGSIZE));
}

bool
framed_is_left(const struct lane *lane)
{
	const struct batch *b = lane->flight;

	return framed_source(lane) && b->start < b->stop &&
	       (lane->limit == 0 || lane->messages < lane->limit);
}

enum move
framed_end(struct lane *lane)
{
	struct batch *b = lane->flight;
	const size_t left = b->stop - b->start;

	if (framing_rest(lane->source->framing, left) != SPLIT_DONE)
		return move_source(io_failed(lane->source, EBADMSG));
	if (left == 0)
		return MOVE_END;
	b->parts[0] = (struct iovec){b->data + b->start, left};
	b->start = b->stop;
	b->first = 0;
	b->end = 1;
	return MOVE_DONE;
}

enum move
framed_fill(struct lane *lane, size_t most)
{
	struct transform *transforms = lane->rules.transforms;
	struct batch *b = lane->flight;
	char *raw;
	size_t got = 0;
	enum io outcome;

	/* What is left is less than one message, so there is room for LANE_PIECE behind it. */
	memmove(b->data, b->data + b->start, b->stop - b->start);
	b->stop -= b->start;
	b->start = b->first = b->end = 0;
	raw = b->data + b->stop + transforms_size(transforms, LANE_PIECE) - LANE_PIECE;
	outcome = lane->source->ops->read(lane->source, raw, lane_allowed(lane, LANE_PIECE), &got);
	if (outcome == IO_DONE)
		lane_taken(lane, raw, got);
	b->stop += transforms_apply(transforms, b->data + b->stop, raw, got, outcome == IO_END);
	if (outcome == IO_END)
		return framed_end(lane);
	return outcome == IO_DONE ? framed_take(lane, most) : move_source(outcome);
}
