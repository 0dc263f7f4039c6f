#include "pump/lane.h"

#include <assert.h>
#include <errno.h>

#include "base/clock.h"
#include "pump/bulk.h"
#include "pump/explain.h"

/*
 * Theory of operation. An open lane reads from its source when its mover has room, and writes what
 * is in flight to its sink. When the source ends, the lane drains: it writes what is in flight,
 * then finishes (half-closes) the sink unless the pump defers that, and then waits until the peer's
 * kernel has acknowledged everything. Only then is the lane finished, so that success means
 * delivered. poll(2) doesn't report acknowledgements: the lane asks when the peer sends something,
 * and at growing intervals.
 *
 * Movers return the outcome of an attempt. Only lane_take acts on it.
 */

#define BACKOFF (2 * CLOCK_MS)

/* The interval at which acknowledgements are looked at. */
#define ACK_INTERVAL_FIRST (1 * CLOCK_MS)
#define ACK_INTERVAL_LONGEST (100 * CLOCK_MS)

#define TO(state) (1U << (state))

/* The only function that changes the state. who and what say why, as for lane_end. */
static void
lane_set(struct lane *lane, enum lane_state state, const char *who, const char *what)
{
	static const unsigned legal[] = {
	    [LANE_OPEN] = TO(LANE_DRAINING) | TO(LANE_BROKEN),
	    [LANE_DRAINING] =
		TO(LANE_CLOSING) | TO(LANE_UNACKED) | TO(LANE_FINISHED) | TO(LANE_BROKEN),
	    [LANE_CLOSING] = TO(LANE_UNACKED) | TO(LANE_BROKEN),
	    [LANE_UNACKED] = TO(LANE_FINISHED) | TO(LANE_BROKEN),
	    [LANE_FINISHED] = 0,
	    [LANE_BROKEN] = 0,
	};

	assert(legal[lane->state] & TO(state));
	if (lane->state == LANE_OPEN)
		taps_ended(lane->rules.source_taps, state == LANE_BROKEN);
	if (lane->state < LANE_UNACKED && state >= LANE_UNACKED)
		taps_ended(lane->rules.sink_taps, state == LANE_BROKEN);
	explain_state(lane, state, who, what);
	lane->state = state;
	if (state >= LANE_UNACKED && lane->rules.replies != NULL)
		outbox_close(lane->rules.replies);
}

/* Whether nothing needs to see or change the bytes. */
static bool
may_splice(const struct lane_rules *rules)
{
	return !rules->copy && rules->transforms == NULL && rules->replies == NULL &&
	       rules->delay <= 0 && !taps_need_bytes(rules->source_taps) &&
	       !taps_need_bytes(rules->sink_taps);
}

bool
lane_start(struct lane *lane, struct end *source, struct end *sink, const struct lane_rules *rules,
    struct error *err)
{
	const bool messages = source->messages_in || sink->messages_out ||
			      source->framing != FRAMING_NONE || sink->framing != FRAMING_NONE;

	*lane = (struct lane){
	    .source = source,
	    .sink = sink,
	    .rules = *rules,
	    .mover = messages ? &message_mover : &copy_mover,
	    .state = LANE_OPEN,
	    .may_splice = !messages && may_splice(rules),
	    .pace.rate = rules->rate,
	    .timers.ack_interval = ACK_INTERVAL_FIRST,
	};
	lane->flight = lane->mover->start(lane);
	explain_lane(lane);
	return lane->flight != NULL || error_errno(err, FAULT_LOCAL, "memory");
}

void
lane_stop(struct lane *lane)
{
	if (lane->flight != NULL)
		lane->mover->stop(lane->flight);
	lane->flight = NULL;
}

bool
lane_has_room(const struct lane *lane)
{
	return lane->state == LANE_OPEN && !lane->await_ack && lane->mover->has_room(lane) &&
	       taps_have_room(lane->rules.source_taps) && taps_have_room(lane->rules.sink_taps);
}

bool
lane_wants_source(const struct lane *lane, int64_t now)
{
	return lane->timers.backoff <= now && lane->timers.rate <= now && lane_has_room(lane);
}

bool
lane_has_replies(const struct lane *lane)
{
	return lane->rules.replies != NULL && !outbox_empty(lane->rules.replies);
}

bool
lane_wants_sink(const struct lane *lane, int64_t now)
{
	if (lane_over(lane) || lane->timers.backoff > now)
		return false;
	return lane->state == LANE_CLOSING ||
	       (lane->mover->in_flight(lane) &&
		   (lane->timers.pause <= now || lane_has_replies(lane)));
}

bool
lane_is_drained(const struct lane *lane)
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
	return lane->source_empty && !lane->mover->in_flight(lane);
}

/* Whether it is time to finish the sink. */
static bool
lane_may_close(const struct lane *lane)
{
	return lane->state == LANE_DRAINING && !lane->finish_deferred &&
	       !lane->mover->in_flight(lane);
}

int64_t
lane_deadline(const struct lane *lane)
{
	if (lane_over(lane))
		return CLOCK_NEVER;
	if (lane->timers.backoff > 0)
		return lane->timers.backoff;
	/* What is ready without a descriptor is not reported by poll. */
	if ((lane_wants_source(lane, 0) && end_ready(lane->source)) ||
	    (lane_wants_sink(lane, 0) && lane->sink->out == -1) || lane_may_close(lane))
		return 0;
	if (lane->coalescing && lane_wants_source(lane, 0))
		return lane->timers.coalesce;
	if (lane->timers.pause > 0 && lane->mover->in_flight(lane))
		return lane->timers.pause;
	if (lane->timers.rate > 0 && lane_has_room(lane))
		return lane->timers.rate;
	return lane->state == LANE_UNACKED ? lane->timers.ack_check : CLOCK_NEVER;
}

int64_t
lane_paused_until(const struct lane *lane)
{
	const int64_t rate = lane->state == LANE_OPEN ? lane->timers.rate : 0;

	return rate > lane->timers.pause ? rate : lane->timers.pause;
}

void
lane_lift_limit(struct lane *lane)
{
	lane->pace.rate = 0;
	lane->timers.rate = 0;
}

void
lane_end(struct lane *lane, const char *who, const char *what)
{
	if (lane->state == LANE_OPEN)
		lane_set(lane, LANE_DRAINING, who, what);
}

void
lane_write_off(struct lane *lane)
{
	lane_end(lane, lane->sink->out_name, "has gone");
	if (lane->state == LANE_DRAINING)
		lane_set(lane, LANE_FINISHED, lane->sink->out_name, "has gone, and had got all");
}

/* A frame longer than the format allows is the peer's fault, any other long message the user's. */
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
	const int number = culprit->error.number;

	if (lane_over(lane))
		return;
	if (number == EBADMSG)
		error_set(
		    &lane->error, culprit->fault, "%s %s: it ended inside a frame", action, name);
	else if (number == EMSGSIZE && max > 0)
		error_set(&lane->error, too_long_fault(lane, culprit),
		    "%s %s: message too long: the limit is %zu bytes", action, name, max);
	else {
		error_set(&lane->error, culprit->fault, "%s %s: %s", action, name,
		    end_error_text(culprit));
		lane->error.number = number;
	}
	lane->culprit = culprit;
	lane_set(lane, LANE_BROKEN, lane->error.text, NULL);
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

/* Acts on a mover's outcome. Returns whether anything moved or the state changed. */
static bool
lane_take(struct lane *lane, enum move outcome, int64_t now)
{
	switch (outcome) {
	case MOVE_AGAIN:
		return false;
	case MOVE_BUSY:
		lane->timers.backoff = now + BACKOFF;
		return false;
	case MOVE_UNSPLICEABLE:
		if (mover_copies(lane))
			return false;
		(void)io_failed(lane->source, errno);
		lane_break_source(lane);
		break;
	case MOVE_END:
		lane_end(lane, lane->source->in_name, "has ended");
		break;
	case MOVE_SOURCE_FAILED:
		lane_break_source(lane);
		break;
	case MOVE_SINK_FAILED:
		lane_break_sink(lane);
		break;
	case MOVE_DONE:
		break;
	}
	return true;
}

static bool
lane_fill(struct lane *lane, int64_t now)
{
	const uint64_t before = lane->taken;
	enum move outcome;

	if (lane->bulk && lane->may_splice)
		mover_splices(lane);
	lane->allowance = pace_allowance(&lane->pace, now);
	outcome = lane->mover->fill(lane);
	bulk_note(lane, lane->taken - before, now);
	return lane_take(lane, outcome, now);
}

/* Writes to the sink, after which --delay may begin. */
static bool
lane_flush(struct lane *lane, int64_t now)
{
	enum move outcome;

	lane->delay_due = false;
	outcome = lane->mover->flush(lane);
	if (lane->delay_due && lane->rules.delay > 0)
		lane->timers.pause = now + lane->rules.delay;
	return lane_take(lane, outcome, now);
}

/* All is written: finishes the sink, which may take several turns. */
static bool
lane_close(struct lane *lane, int64_t now)
{
	const enum io outcome = end_finish(lane->sink);

	if (outcome == IO_DONE)
		lane_set(lane, LANE_UNACKED, lane->sink->out_name, "is half-closed");
	else if (outcome == IO_AGAIN && lane->state == LANE_DRAINING)
		lane_set(lane, LANE_CLOSING, lane->sink->out_name, "takes the end later");
	return lane_take(lane, move_sink(outcome), now);
}

/* Asks whether the peer's kernel has acknowledged all, and if not, when to ask again. */
static bool
lane_check_acknowledged(struct lane *lane, int64_t now)
{
	size_t left;
	const enum io outcome = end_acknowledged(lane->sink, &left);

	if (outcome == IO_DONE)
		lane_set(lane, LANE_FINISHED, lane->sink->out_name, "has got all");
	if (outcome == IO_DONE || outcome == IO_FAILED)
		return lane_take(lane, move_sink(outcome), now);
	explain_unacknowledged(lane, left);
	lane->timers.ack_check = now + lane->timers.ack_interval;
	lane->timers.ack_interval = clock_min(2 * lane->timers.ack_interval, ACK_INTERVAL_LONGEST);
	return false;
}

/* Counts what has crossed, and waits if that is as much as the limit allows. */
static void
lane_pace(struct lane *lane, int64_t now)
{
	const uint64_t total = lane->rules.rate_of_sink ? lane->delivered : lane->taken;

	lane->timers.rate = pace_count(&lane->pace, total, now);
}

/*
 * Whether to try a write. After a read (filled) a sink that cannot block is tried without asking
 * poll first, which saves a turn.
 */
static bool
sink_is_ready(const struct lane *lane, struct lane_events events, bool filled)
{
	return events.sink || lane->sink->out == -1 || (filled && lane->sink->nonblocking);
}

bool
lane_step(struct lane *lane, struct lane_events events, int64_t now)
{
	const bool ready = events.source || end_ready(lane->source);
	const bool source = ready && lane_wants_source(lane, now);
	bool moved = false, filled = false;

	lane->source_empty = lane->state == LANE_OPEN && !lane->coalescing && !ready &&
			     (events.polled || lane->source->in == -1);
	if (lane->timers.backoff <= now)
		lane->timers.backoff = 0;
	if (lane->timers.pause <= now)
		lane->timers.pause = 0;
	if (lane->coalescing && !source && lane->timers.coalesce <= now)
		bulk_pause(lane, now);
	if (source)
		moved = filled = lane_fill(lane, now);
	if (lane->state != LANE_CLOSING && lane_wants_sink(lane, now) &&
	    sink_is_ready(lane, events, filled))
		moved = lane_flush(lane, now) || moved;
	if (lane_may_close(lane) ||
	    (lane->state == LANE_CLOSING && sink_is_ready(lane, events, false)))
		moved = lane_close(lane, now) || moved;
	if (lane->state == LANE_UNACKED && (now >= lane->timers.ack_check || events.replied))
		moved = lane_check_acknowledged(lane, now) || moved;
	lane_pace(lane, now);
	return moved;
}
