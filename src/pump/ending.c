#include "pump/ending.h"

#include "base/clock.h"
#include "base/number.h"
#include "pump/explain.h"
#include "pump/liveness.h"

/* How many times during -w acknowledgements are looked at. */
#define SAMPLES 8

static int64_t
latest_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/*
 * Whether the lane may be silent: with data in flight, or while a tap has no room, it is not being
 * read, so that is unknown.
 */
static bool
may_be_silent(const struct lane *lane)
{
	return lane_has_room(lane) && !lane->mover->in_flight(lane);
}

/* The lane of datagrams that silence would end now, as they have no other end. NULL: none. */
static const struct lane *
silent_lane(const struct pump *p)
{
	if (p->rules.datagrams && p->near_done != CLOCK_NEVER && may_be_silent(&p->in))
		return &p->in;
	if (p->rules.near_datagrams && p->far_done != CLOCK_NEVER && may_be_silent(&p->out))
		return &p->out;
	return NULL;
}

int64_t
pump_input_deadline(const struct pump *p)
{
	const bool sent = p->near->input_seen || p->out.taken > 0 || p->out.messages > 0;
	const bool received = p->in.delivered > 0 || p->in.messages > 0;

	if (sent || !received || p->out.state != LANE_OPEN)
		return CLOCK_NEVER;
	return clock_after(p->far_done, p->rules.input_timeout);
}

/* When -q expires; CLOCK_NEVER as long as neither side has finished. */
static int64_t
quit_deadline(const struct pump *p)
{
	const struct lane *lane = silent_lane(p);
	const int64_t first = clock_min(p->near_done, p->far_done);

	/* While near is given time for its first byte, that timeout applies instead. */
	if (pump_input_deadline(p) != CLOCK_NEVER)
		return CLOCK_NEVER;
	if (lane != NULL)
		return clock_after(
		    latest_of(first, lane == &p->in ? p->received_at : p->sent_at), p->rules.quit);
	if (p->rules.datagrams || p->rules.near_datagrams)
		return CLOCK_NEVER;
	return clock_after(first, p->rules.quit);
}

/* When -w expires. It does not run during --delay, or while a limit is waited for. */
static int64_t
idle_deadline(const struct pump *p)
{
	const int64_t paused = latest_of(lane_paused_until(&p->out), lane_paused_until(&p->in));

	return clock_after(latest_of(p->moved_at, paused), p->rules.idle);
}

/*
 * Far has finished. Near goes on, unless a rule ends it now, or far has gone and can't be sent to.
 */
static void
far_finished(struct pump *p, int64_t now)
{
	if (p->out.state != LANE_OPEN)
		return;
	liveness_confirm(p, now);
	if (p->rules.near_follows)
		lane_end(&p->out, p->far->in_name, "has finished, and input is a terminal");
	else if (p->rules.one_way && !p->near->input_seen && p->out.taken == 0 &&
		 lane_is_quiet(&p->out))
		lane_end(&p->out, p->far->in_name,
		    "has finished, and input has given nothing: a one-way transfer");
	else
		liveness_check(&p->out);
}

/* Ends the out lane if near's time for its first byte is over, and there is still none. */
static void
near_gave_no_input(struct pump *p, int64_t now)
{
	if (pump_input_deadline(p) > now || !lane_is_quiet(&p->out))
		return;
	p->no_input = true;
	lane_end(&p->out, p->near->in_name, "has not begun in time");
}

/* The table of ends, except for its timeouts. */
void
ending_rules(struct pump *p, int64_t now)
{
	p->confirm.check_at = CLOCK_NEVER;
	near_gave_no_input(p, now);
	if (p->in.state != LANE_OPEN && p->in.state != LANE_BROKEN)
		far_finished(p, now);
	if (p->rules.near_is_peer && p->in.state == LANE_OPEN && p->out.state >= LANE_DRAINING)
		liveness_check(&p->in);
	if (p->rules.messages > 0 && p->in.messages >= p->rules.messages) {
		lane_end(&p->in, p->far->in_name, "has sent as many messages as are wanted (-W)");
		lane_end(&p->out, p->far->in_name, "has sent as many messages as are wanted (-W)");
	}
	if (p->rules.near_gone && p->out.source_empty)
		lane_end(&p->out, p->near->in_name, "has exited, and its output is read");
	if ((p->rules.sent_is_all || p->rules.near_gone) && p->near_done != CLOCK_NEVER)
		lane_end(&p->in, p->near->in_name, "has ended, and all that it gave is delivered");
	p->out.finish_deferred = p->rules.hold && p->in.state != LANE_FINISHED;
}

void
ending_note_pauses(struct pump *p, int64_t now)
{
	const int64_t out = clock_min(lane_paused_until(&p->out), now);
	const int64_t in = clock_min(lane_paused_until(&p->in), now);

	p->sent_at = latest_of(p->sent_at, out);
	p->received_at = latest_of(p->received_at, in);
	p->moved_at = latest_of(p->moved_at, latest_of(out, in));
}

/* Remembers when things happened, for the timeouts. */
void
ending_note(struct pump *p, bool sent, bool received, int64_t now)
{
	if (sent || received)
		p->moved_at = now;
	if (sent)
		p->sent_at = now;
	if (received)
		p->received_at = now;
	if (p->near_done == CLOCK_NEVER &&
	    (p->out.state == LANE_FINISHED ||
		(p->out.finish_deferred && lane_is_drained(&p->out)))) {
		p->near_done = now;
		explain_finished(p, p->near);
	}
	if (p->far_done == CLOCK_NEVER && p->in.state == LANE_FINISHED) {
		p->far_done = now;
		explain_finished(p, p->far);
	}
}

/* A peer that acknowledges is not idle, even if no byte moves on this side. */
static void
look_for_acknowledgements(struct pump *p, int64_t now)
{
	const size_t before = p->unacknowledged;

	if (now < p->sample_at)
		return;
	p->sample_at = clock_after(now, p->rules.idle / SAMPLES + 1);
	(void)end_acknowledged(p->far, &p->unacknowledged);
	if (p->unacknowledged != before)
		p->moved_at = now;
}

/* -q and -w. Where silence is the ordinary end of datagrams it ends their lane instead. */
bool
ending_timed_out(struct pump *p, int64_t now, struct error *err)
{
	const bool near_first = p->near_done < p->far_done;
	const struct lane *silent = silent_lane(p);
	char text[32];

	look_for_acknowledgements(p, now);
	if (quit_deadline(p) <= now) {
		error_set(err, FAULT_TIME, "timed out: %s had not finished %s after %s had",
		    near_first ? p->far->in_name : p->near->in_name,
		    duration_text(text, p->rules.quit),
		    near_first ? p->near->in_name : p->far->in_name);
	} else if (idle_deadline(p) <= now) {
		error_set(err, FAULT_TIME, "timed out: nothing moved for %s",
		    duration_text(text, p->rules.idle));
	} else {
		return false;
	}
	if (silent == NULL)
		return true;
	lane_end(silent == &p->in ? &p->in : &p->out, err->text, "(datagrams have no other end)");
	p->moved_at = now;
	return false;
}

int64_t
ending_deadline(const struct pump *p)
{
	int64_t deadline = clock_min(idle_deadline(p), quit_deadline(p));

	if (may_be_silent(&p->out))
		deadline = clock_min(deadline, pump_input_deadline(p));
	deadline = clock_min(deadline, p->sample_at);
	return clock_min(deadline, p->confirm.check_at);
}
