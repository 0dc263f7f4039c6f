#include "pump/lane.h"

#include <assert.h>
#include <errno.h>

#include "base/clock.h"

/*
 * Theory of operation. An open lane takes from its source when its mover has room and gives to its
 * sink what is in flight. When the source ends the lane drains: what is in flight goes out, then,
 * unless held back, the sink is finished (half-closed), and then the lane waits until the other
 * kernel has acknowledged all of it. poll(2) doesn't tell of acknowledgements, so that it looks at
 * growing intervals. Only then is the lane finished.
 */

#define REST (2 * CLOCK_MS)
#define SETTLE_FIRST (1 * CLOCK_MS)
#define SETTLE_LONGEST (100 * CLOCK_MS)

/* The one place where the state changes. */
static void
lane_set(struct lane *lane, enum lane_state state)
{
	static const bool legal[][4] = {
	    [LANE_OPEN] = {[LANE_DRAINING] = true, [LANE_BROKEN] = true},
	    [LANE_DRAINING] = {[LANE_FINISHED] = true, [LANE_BROKEN] = true},
	    [LANE_FINISHED] = {false},
	    [LANE_BROKEN] = {false},
	};

	assert(legal[lane->state][state]);
	lane->state = state;
}

bool
lane_start(struct lane *lane, struct end *source, struct end *sink, struct error *err)
{
	const bool messages = source->messages_in || sink->messages_out;

	*lane = (struct lane){
	    .source = source,
	    .sink = sink,
	    .mover = messages ? &message_mover : &copy_mover,
	    .state = LANE_OPEN,
	    .settle_wait = SETTLE_FIRST,
	};
	return lane->mover->start(lane, err);
}

void
lane_stop(struct lane *lane)
{
	if (lane->mover != NULL)
		lane->mover->stop(lane);
}

bool
lane_wants_source(const struct lane *lane, int64_t now)
{
	return lane->state == LANE_OPEN && lane->rest_until <= now && lane->mover->has_room(lane);
}

bool
lane_wants_sink(const struct lane *lane, int64_t now)
{
	return !lane_over(lane) && lane->rest_until <= now && lane->mover->in_flight(lane);
}

bool
lane_is_dry(const struct lane *lane)
{
	return lane->state >= LANE_DRAINING && !lane->mover->in_flight(lane);
}

bool
lane_over(const struct lane *lane)
{
	return lane->state == LANE_FINISHED || lane->state == LANE_BROKEN;
}

/* Whether it is time to finish the sink, or to ask whether it has settled. */
static bool
lane_may_close(const struct lane *lane)
{
	return lane->state == LANE_DRAINING && !lane->held && !lane->mover->in_flight(lane);
}

int64_t
lane_deadline(const struct lane *lane)
{
	/* An end without a descriptor to poll is always ready. */
	if (lane->rest_until == 0 && ((lane_wants_source(lane, 0) && lane->source->in == -1) ||
					 (lane_wants_sink(lane, 0) && lane->sink->out == -1)))
		return 0;
	if (!lane_over(lane) && lane->rest_until > 0)
		return lane->rest_until;
	return lane_may_close(lane) ? lane->settle_at : CLOCK_NEVER;
}

void
lane_end(struct lane *lane)
{
	if (lane->state == LANE_OPEN)
		lane_set(lane, LANE_DRAINING);
}

void
lane_write_off(struct lane *lane)
{
	lane_end(lane);
	if (lane->state == LANE_DRAINING)
		lane_set(lane, LANE_FINISHED);
}

static void
lane_break(
    struct lane *lane, const struct end *culprit, const char *action, const char *name, size_t max)
{
	if (lane_over(lane))
		return;
	if (errno == EMSGSIZE && max > 0)
		error_set(&lane->error, FAULT_LOCAL,
		    "%s %s: message too long: the limit is %zu bytes", action, name, max);
	else
		error_errno(&lane->error, culprit->fault, "%s %s", action, name);
	lane->culprit = culprit;
	lane_set(lane, LANE_BROKEN);
}

void
lane_break_source(struct lane *lane)
{
	lane_break(
	    lane, lane->source, "read from", lane->source->in_name, lane->source->receive_max);
}

void
lane_break_sink(struct lane *lane)
{
	lane_break(lane, lane->sink, "write to", lane->sink->out_name, lane->sink->send_max);
}

/* What every outcome means for the lane, but for the end of the source. */
static bool
lane_take(struct lane *lane, enum io outcome, void (*broken)(struct lane *), int64_t now)
{
	if (outcome == IO_FAILED)
		broken(lane);
	else if (outcome == IO_BUSY)
		lane->rest_until = now + REST;
	return outcome == IO_DONE || outcome == IO_FAILED;
}

static bool
lane_fill(struct lane *lane, int64_t now)
{
	const enum io outcome = lane->mover->fill(lane);

	if (outcome == IO_END) {
		lane_end(lane);
		return true;
	}
	return lane_take(lane, outcome, lane_break_source, now);
}

/* Finishes the sink once, then asks until all has arrived there. */
static bool
lane_settle(struct lane *lane, int64_t now)
{
	size_t left;
	enum io outcome;

	if (!lane->half_closed) {
		outcome = lane->sink->ops->finish(lane->sink);
		if (outcome != IO_DONE)
			return lane_take(lane, outcome, lane_break_sink, now);
		lane->half_closed = true;
	}
	if (now < lane->settle_at)
		return false;
	outcome = lane->sink->ops->settle(lane->sink, &left);
	if (outcome == IO_DONE)
		lane_set(lane, LANE_FINISHED);
	if (outcome == IO_DONE || outcome == IO_FAILED)
		return lane_take(lane, outcome, lane_break_sink, now);
	lane->settle_at = now + lane->settle_wait;
	lane->settle_wait = clock_min(2 * lane->settle_wait, SETTLE_LONGEST);
	return false;
}

bool
lane_step(struct lane *lane, struct lane_events events, int64_t now)
{
	bool source = lane_wants_source(lane, now) && (events.source || lane->source->in == -1);
	bool moved = false, filled = false;

	lane->starved = lane->state == LANE_OPEN && events.asked && !events.source;
	if (lane->rest_until <= now)
		lane->rest_until = 0;
	if (source)
		moved = filled = lane_fill(lane, now);
	if (lane_wants_sink(lane, now) &&
	    (events.sink || lane->sink->out == -1 || (filled && lane->sink->eager)))
		moved = lane_take(lane, lane->mover->flush(lane), lane_break_sink, now) || moved;
	if (lane_may_close(lane))
		moved = lane_settle(lane, now) || moved;
	return moved;
}
