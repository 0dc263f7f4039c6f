#include "pump/mover.h"

#include <stdint.h>
#include <stdlib.h>

#include "pump/explain.h"
#include "pump/lane.h"

/* Replaces the lane's mover, which has nothing in flight any more. why: for --trace. */
static bool
change_mover(struct lane *lane, const struct mover *mover, const char *why)
{
	void *flight = mover->start(lane);

	if (flight == NULL)
		return false;
	explain_mover(lane, mover, why);
	lane->mover->stop(lane->flight);
	lane->mover = mover;
	lane->flight = flight;
	return true;
}

bool
mover_copies(struct lane *lane)
{
	struct iovec rest;

	lane->may_splice = false;
	if (!lane->mover->surrender(lane, &rest))
		return false;
	if (change_mover(lane, &copy_mover, "nothing could be spliced, and a read finds out why")) {
		copy_adopt(lane, rest);
		return true;
	}
	free(rest.iov_base);
	return false;
}

void
mover_splices(struct lane *lane)
{
	const struct mover *mover = splicing_mover(lane->source, lane->sink);

	if (mover != NULL && change_mover(lane, mover, "there is much to carry"))
		lane->may_splice = false;
}

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

bool
move_ends(enum io outcome)
{
	return outcome == IO_END || outcome == IO_FAILED;
}

enum move
move_and_rest(struct lane *lane, enum io outcome, size_t bytes)
{
	if (outcome != IO_FAILED || bytes == 0)
		return move_source(outcome);
	lane->source->pending = lane->source->error.number;
	return MOVE_DONE;
}

size_t
lane_allowed(const struct lane *lane, size_t bytes)
{
	return bytes < lane->allowance ? bytes : lane->allowance;
}

void
lane_taken(struct lane *lane, const char *data, size_t bytes)
{
	const struct iovec part = {(char *)(uintptr_t)data, bytes};

	lane->taken += bytes;
	taps_saw(lane->rules.source_taps, data != NULL ? &part : NULL, bytes);
}

void
lane_message_taken(struct lane *lane)
{
	taps_message_end(lane->rules.source_taps);
}

void
lane_delivered(struct lane *lane, const struct iovec *parts, size_t bytes)
{
	lane->delivered += bytes;
	taps_saw(lane->rules.sink_taps, parts, bytes);
}

void
lane_message_delivered(struct lane *lane)
{
	lane->messages++;
	lane->delay_due = true;
	taps_message_end(lane->rules.sink_taps);
}

void
lane_message_left_out(struct lane *lane)
{
	lane->messages++;
	lane->left_out++;
	lane->delay_due = true;
}
