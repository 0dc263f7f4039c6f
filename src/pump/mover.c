#include "pump/lane.h"

enum move
move_source(enum io outcome)
{
	static const enum move moves[] = {
	    [IO_DONE] = MOVE_DONE,
	    [IO_AGAIN] = MOVE_AGAIN,
	    [IO_BUSY] = MOVE_BUSY,
	    [IO_END] = MOVE_END,
	    [IO_FAILED] = MOVE_SOURCE_FAILED,
	};

	return moves[outcome];
}

enum move
move_sink(enum io outcome)
{
	return outcome == IO_FAILED ? MOVE_SINK_FAILED : move_source(outcome);
}

/* Shows a tap the first bytes of the parts. */
static void
show(struct tap *tap, const struct iovec *parts, size_t bytes)
{
	size_t len = bytes;

	if (parts == NULL) {
		tap->delivered(tap, NULL, bytes);
		return;
	}
	for (; bytes > 0; bytes -= len, parts++) {
		len = bytes < parts->iov_len ? bytes : parts->iov_len;
		if (len > 0)
			tap->delivered(tap, parts->iov_base, len);
	}
}

void
lane_delivered(struct lane *lane, const struct iovec *parts, size_t bytes)
{
	lane->delivered += bytes;
	for (struct tap *tap = lane->rules.taps; tap != NULL; tap = tap->next)
		show(tap, parts, bytes);
}

void
lane_message_delivered(struct lane *lane)
{
	lane->messages++;
	lane->delay_due = true;
	for (struct tap *tap = lane->rules.taps; tap != NULL; tap = tap->next)
		if (tap->message_end != NULL)
			tap->message_end(tap);
}

void
lane_message_left_out(struct lane *lane)
{
	lane->messages++;
	lane->left_out++;
	lane->delay_due = true;
}
