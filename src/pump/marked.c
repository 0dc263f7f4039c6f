#include "pump/batch.h"

#include <errno.h>
#include <string.h>

/*
 * A stream that marks its messages is read into one buffer. What is complete in there is put in
 * flight where it lies; what is left over is moved to the front when more is read.
 */

bool
marked_source(const struct lane *lane)
{
	return !lane->source->messages_in && lane->source->framing != FRAMING_NONE;
}

/* The longest message that is taken out of a stream that marks them. */
static size_t
longest_marked(const struct lane *lane)
{
	const size_t sink = lane->sink->messages_out ? lane->sink->send_max : 0;

	return sink > 0 && sink < FRAMING_MAX ? sink : FRAMING_MAX;
}

/* Finds the first message in the buffer. Lines of a text may be cut where the sink allows that. */
static enum split
split(const struct lane *lane, size_t *skip, size_t *size, size_t *used)
{
	const struct batch *b = lane->flight;
	const enum framing framing = lane->source->framing;
	const size_t max = longest_marked(lane);
	const enum split found =
	    framing_split(framing, b->data + b->start, b->stop - b->start, max, skip, size, used);

	if (found != SPLIT_TOO_LONG || framing != FRAMING_TEXT || !lane->sink->may_cut)
		return found;
	*size = *used = max;
	return SPLIT_DONE;
}

enum move
marked_take(struct lane *lane, size_t most)
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
	/* Too long for the sink, or for anybody. */
	if (longest_marked(lane) < FRAMING_MAX)
		return move_sink(io_failed(lane->sink, EMSGSIZE));
	return move_source(io_failed(lane->source, EMSGSIZE));
}

bool
marked_is_left(const struct lane *lane)
{
	const struct batch *b = lane->flight;

	return marked_source(lane) && b->start < b->stop &&
	       (lane->limit == 0 || lane->messages < lane->limit);
}

enum move
marked_end(struct lane *lane)
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
marked_fill(struct lane *lane, size_t most)
{
	struct transform *transforms = lane->rules.transforms;
	struct batch *b = lane->flight;
	char *raw;
	size_t got = 0;
	enum io outcome;

	/* What is left is less than one message, and leaves room for a piece. */
	memmove(b->data, b->data + b->start, b->stop - b->start);
	b->stop -= b->start;
	b->start = b->first = b->end = 0;
	raw = b->data + b->stop + (transforms_growth(transforms) - 1) * LANE_PIECE;
	outcome = lane->source->ops->read(lane->source, raw, LANE_PIECE, &got);
	if (outcome == IO_END)
		return marked_end(lane);
	if (outcome != IO_DONE)
		return move_source(outcome);
	lane->taken += got;
	b->stop += transforms_apply(transforms, b->data + b->stop, raw, got);
	return marked_take(lane, most);
}
