#include "pump/marked.h"

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
	const enum framing framing = lane->source->framing;
	const size_t max = longest_marked(lane);
	const enum split found = framing_split(framing, lane->batch.data + lane->batch.start,
	    lane->batch.stop - lane->batch.start, max, skip, size, used);

	if (found != SPLIT_TOO_LONG || framing != FRAMING_TEXT || !lane->sink->divisible)
		return found;
	*size = *used = max;
	return SPLIT_DONE;
}

/* A message that is too long: for the sink, or for anybody. */
static enum io
refuse_long(struct lane *lane)
{
	errno = EMSGSIZE;
	if (longest_marked(lane) < FRAMING_MAX)
		lane_break_sink(lane);
	return IO_FAILED;
}

enum io
marked_take(struct lane *lane, size_t most, size_t *count)
{
	enum split found = SPLIT_DONE;
	size_t skip, size, used;

	*count = 0;
	while (*count < most && (found = split(lane, &skip, &size, &used)) == SPLIT_DONE) {
		char *data = lane->batch.data + lane->batch.start;

		lane->batch.parts[(*count)++] = (struct iovec){data + skip, size};
		lane->batch.start += used;
	}
	return *count > 0 || found != SPLIT_TOO_LONG ? IO_DONE : refuse_long(lane);
}

/* The end of a stream that marks its messages: a line may do without its newline. */
static enum io
marked_end(struct lane *lane, size_t *count)
{
	const size_t left = lane->batch.stop - lane->batch.start;

	if (framing_rest(lane->source->framing, left) != SPLIT_DONE) {
		errno = EBADMSG;
		return IO_FAILED;
	}
	if (left == 0)
		return IO_END;
	lane->batch.parts[0] = (struct iovec){lane->batch.data + lane->batch.start, left};
	lane->batch.start = lane->batch.stop;
	*count = 1;
	return IO_DONE;
}

enum io
marked_fill(struct lane *lane, size_t most, size_t *count)
{
	struct filter *filter = lane->rules.filter;
	char *raw;
	size_t got = 0;
	enum io outcome;

	/* What is left is less than one message, and leaves room for a piece. */
	memmove(lane->batch.data, lane->batch.data + lane->batch.start,
	    lane->batch.stop - lane->batch.start);
	lane->batch.stop -= lane->batch.start;
	lane->batch.start = 0;
	raw = lane->batch.data + lane->batch.stop + (filter != NULL ? LANE_PIECE : 0);
	outcome = lane->source->ops->read(lane->source, raw, LANE_PIECE, &got);
	if (outcome == IO_END)
		return marked_end(lane, count);
	if (outcome != IO_DONE)
		return outcome;
	lane->taken += got;
	lane->batch.stop +=
	    filter == NULL ? got
			   : filter->apply(filter, lane->batch.data + lane->batch.stop, raw, got);
	return marked_take(lane, most, count);
}
