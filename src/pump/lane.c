#include "pump/lane.h"

#include <assert.h>
#include <errno.h>

#include "base/clock.h"
#include "net/descriptor.h"

/*
 * Theory of operation. An open lane takes from its source when its mover has room and gives to its
 * sink what is in flight. When the source ends the lane drains: what is in flight goes out, then,
 * unless held back, the sink is finished (half-closed), and then the lane waits until the other
 * kernel has acknowledged all of it. poll(2) doesn't tell of acknowledgements, so that it looks
 * when the other side says something, and at growing intervals. Only then is the lane finished.
 */

#define REST (2 * CLOCK_MS)

/* Who gives so much at a time is better served by splicing, and through larger pipes. */
#define BULK ((uint64_t)32 << 10)

/*
 * A source that has run for RUN bytes without a pause is read when it has LOW_WATER bytes or has
 * kept quiet for a while: to be woken for each packet costs more than the packet.
 */
#define RUN ((uint64_t)4 << 20)
#define LOW_WATER ((size_t)256 << 10)
#define GATHER (1 * CLOCK_MS)

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
	if (lane_over(lane) && lane->rules.aside != NULL)
		outbox_close(lane->rules.aside);
}

/* Whether nothing looks at what is carried. */
static bool
lane_is_bare(const struct lane_rules *rules)
{
	return !rules->copy && rules->filter == NULL && rules->aside == NULL && rules->delay <= 0;
}

bool
lane_start(struct lane *lane, struct end *source, struct end *sink, const struct lane_rules *rules,
    struct error *err)
{
	const bool messages = source->messages_in || sink->messages_out ||
			      source->framing != FRAMING_NONE || sink->framing != FRAMING_NONE;
	const bool splice = !messages && lane_is_bare(rules);

	*lane = (struct lane){
	    .source = source,
	    .sink = sink,
	    .rules = *rules,
	    .mover = messages ? &message_mover : &copy_mover,
	    .bulk_mover = splice ? splicing_mover(source, sink) : NULL,
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
	return lane->state == LANE_OPEN && !lane->paced && lane->rest_until <= now &&
	       lane->mover->has_room(lane);
}

bool
lane_has_aside(const struct lane *lane)
{
	return lane->rules.aside != NULL && !outbox_empty(lane->rules.aside);
}

bool
lane_wants_sink(const struct lane *lane, int64_t now)
{
	return !lane_over(lane) && lane->rest_until <= now && lane->mover->in_flight(lane) &&
	       (lane->pause_until <= now || lane_has_aside(lane));
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

bool
lane_is_quiet(const struct lane *lane)
{
	return lane->starved && !lane->mover->in_flight(lane);
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
	/* poll knows nothing of an end without a descriptor. */
	if (lane->rest_until == 0 && ((lane_wants_source(lane, 0) && end_ready(lane->source)) ||
					 (lane_wants_sink(lane, 0) && lane->sink->out == -1)))
		return 0;
	if (!lane_over(lane) && lane->rest_until > 0)
		return lane->rest_until;
	if (lane->gathering && lane_wants_source(lane, 0))
		return lane->gather_until;
	if (lane->pause_until > 0 && !lane_over(lane) && lane->mover->in_flight(lane))
		return lane->pause_until;
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

/* Who marks a message longer than is allowed has broken the conversation; else it is ours. */
static enum fault
too_long_fault(const struct lane *lane, const struct end *culprit)
{
	return culprit == lane->source && culprit->framing != FRAMING_NONE ? culprit->fault
									   : FAULT_LOCAL;
}

static void
lane_break(
    struct lane *lane, const struct end *culprit, const char *action, const char *name, size_t max)
{
	if (lane_over(lane))
		return;
	if (errno == EBADMSG)
		error_set(
		    &lane->error, culprit->fault, "%s %s: it ended inside a frame", action, name);
	else if (errno == EMSGSIZE && max > 0)
		error_set(&lane->error, too_long_fault(lane, culprit),
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

/* The source has much to give: pipes are made as large as they may be, those inherited too. */
static void
lane_grow(struct lane *lane)
{
	lane->bulk = true;
	if (lane->source->bare_in == BARE_PIPE)
		descriptor_widen(lane->source->in);
	if (lane->sink->bare_out == BARE_PIPE)
		descriptor_widen(lane->sink->out);
}

/* From here on the other mover carries; nothing is in flight. */
static void
lane_change_mover(struct lane *lane)
{
	struct error error;

	lane->mover->stop(lane);
	lane->mover = lane->bulk_mover;
	lane->bulk_mover = NULL;
	(void)lane->mover->start(lane, &error);
}

/* The source runs on: poll may wait until there is more to read at once. */
static void
lane_gather(struct lane *lane, uint64_t bytes, int64_t now)
{
	const size_t piece = lane->sink->piece;

	lane->run += bytes;
	if (lane->run < RUN)
		return;
	if (!lane->gathering)
		lane->gathering = lane->source->ops->low_water(
		    lane->source, piece > LOW_WATER ? piece : LOW_WATER);
	lane->gather_until = now + GATHER;
}

/* The source pauses: poll is to call for every byte. */
static void
lane_scatter(struct lane *lane, int64_t now)
{
	lane->run = 0;
	lane->gather_until = now + GATHER;
	lane->gathering = !lane->source->ops->low_water(lane->source, 1);
}

static bool
lane_fill(struct lane *lane, int64_t now)
{
	const uint64_t before = lane->taken;
	enum io outcome;

	if (lane->bulk && lane->bulk_mover != NULL)
		lane_change_mover(lane);
	outcome = lane->mover->fill(lane);
	if (!lane->bulk && lane->taken - before >= BULK)
		lane_grow(lane);
	lane_gather(lane, lane->taken - before, now);
	if (outcome == IO_END) {
		lane_end(lane);
		return true;
	}
	return lane_take(lane, outcome, lane_break_source, now);
}

/* Finishes the sink once, then asks until all has arrived there. */
static bool
lane_settle(struct lane *lane, bool heard, int64_t now)
{
	size_t left;
	enum io outcome;

	if (!lane->half_closed) {
		outcome = lane->sink->ops->finish(lane->sink);
		if (outcome != IO_DONE)
			return lane_take(lane, outcome, lane_break_sink, now);
		lane->half_closed = true;
		if (lane->rules.aside != NULL)
			outbox_close(lane->rules.aside);
	}
	if (now < lane->settle_at && !heard)
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

/* Gives to the sink; a delay may begin with that. */
static bool
lane_flush(struct lane *lane, int64_t now)
{
	enum io outcome;

	lane->paused = lane->pause_until > now;
	lane->pausing = false;
	outcome = lane->mover->flush(lane);
	if (lane->pausing)
		lane->pause_until = now + lane->rules.delay;
	return lane_take(lane, outcome, lane_break_sink, now);
}

bool
lane_step(struct lane *lane, struct lane_events events, int64_t now)
{
	bool source = lane_wants_source(lane, now) && (events.source || end_ready(lane->source));
	bool moved = false, filled = false;

	lane->starved = lane->state == LANE_OPEN && !lane->gathering &&
			((events.asked && !events.source) || end_idle(lane->source));
	if (lane->rest_until <= now)
		lane->rest_until = 0;
	if (lane->pause_until <= now)
		lane->pause_until = 0;
	if (lane->gathering && !source && lane->gather_until <= now)
		lane_scatter(lane, now);
	if (source)
		moved = filled = lane_fill(lane, now);
	if (lane_wants_sink(lane, now) &&
	    (events.sink || lane->sink->out == -1 || (filled && lane->sink->eager)))
		moved = lane_flush(lane, now) || moved;
	if (lane_may_close(lane))
		moved = lane_settle(lane, events.heard, now) || moved;
	return moved;
}
