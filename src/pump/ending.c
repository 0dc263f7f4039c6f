#include "pump/ending.h"

#include "base/clock.h"
#include "base/number.h"
#include "pump/presence.h"

/* How many looks for acknowledgements make up the time after which the silence is too long. */
#define SAMPLES 8

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Whether nothing comes. While something is in flight that is not known. */
static bool
may_be_silent(const struct lane *lane)
{
	return lane->state == LANE_OPEN && !lane->mover->in_flight(lane);
}

/* The lane which a silence ends now, if there is one: datagrams have no other end. */
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
pump_begin_deadline(const struct pump *p)
{
	const bool said = p->near->input_seen || p->out.taken > 0 || p->out.messages > 0;
	const bool heard = p->in.delivered > 0 || p->in.messages > 0;

	if (said || !heard || p->out.state != LANE_OPEN)
		return CLOCK_NEVER;
	return clock_after(p->far_done, p->rules.begin);
}

/* When -q has its say; CLOCK_NEVER as long as neither side has finished. */
static int64_t
quit_deadline(const struct pump *p)
{
	const struct lane *lane = silent_lane(p);
	const int64_t first = clock_min(p->near_done, p->far_done);

	/* Of a near side that has not begun that is the time to begin. */
	if (pump_begin_deadline(p) != CLOCK_NEVER)
		return CLOCK_NEVER;
	if (lane != NULL)
		return clock_after(
		    later(first, lane == &p->in ? p->heard_at : p->said_at), p->rules.quit);
	if (p->rules.datagrams || p->rules.near_datagrams)
		return CLOCK_NEVER;
	return clock_after(first, p->rules.quit);
}

/* When -w has its say: not during a delay. */
static int64_t
idle_deadline(const struct pump *p)
{
	return clock_after(later(p->moved_at, p->out.timers.pause), p->rules.idle);
}

/*
 * Far has finished. Near goes on, unless it is of the kind that follows, has had nothing to say all
 * along, or has nobody left to say it to.
 */
static void
far_finished(struct pump *p, int64_t now)
{
	if (p->out.state != LANE_OPEN)
		return;
	presence_prove(p, now);
	if (p->rules.near_follows || (p->rules.one_way && !p->near->input_seen &&
					 p->out.taken == 0 && lane_is_quiet(&p->out)))
		lane_end(&p->out);
	else
		presence_watch(&p->out);
}

/* Near had its time to begin, and has nothing to say even now. */
static void
near_unbegun(struct pump *p, int64_t now)
{
	if (pump_begin_deadline(p) > now || !lane_is_quiet(&p->out))
		return;
	p->unbegun = true;
	lane_end(&p->out);
}

/* The table of ends, but for its clocks. */
void
ending_rules(struct pump *p, int64_t now)
{
	p->proof.look_at = CLOCK_NEVER;
	near_unbegun(p, now);
	if (p->in.state != LANE_OPEN && p->in.state != LANE_BROKEN)
		far_finished(p, now);
	if (p->rules.near_is_peer && p->in.state == LANE_OPEN && p->out.state >= LANE_DRAINING)
		presence_watch(&p->in);
	if (p->rules.messages > 0 && p->in.messages >= p->rules.messages) {
		lane_end(&p->in);
		lane_end(&p->out);
	}
	if (p->rules.near_left && p->out.starved)
		lane_end(&p->out);
	if ((p->rules.sent_is_all || p->rules.near_left) && p->near_done != CLOCK_NEVER)
		lane_end(&p->in);
	p->out.held = p->rules.hold && p->in.state != LANE_FINISHED;
}

/* Remembers when things happened, for the clocks. */
void
ending_note(struct pump *p, bool said, bool heard, int64_t now)
{
	if (said || heard)
		p->moved_at = now;
	if (said)
		p->said_at = now;
	if (heard)
		p->heard_at = now;
	if (p->near_done == CLOCK_NEVER &&
	    (p->out.state == LANE_FINISHED || (p->out.held && lane_is_dry(&p->out))))
		p->near_done = now;
	if (p->far_done == CLOCK_NEVER && p->in.state == LANE_FINISHED)
		p->far_done = now;
}

/* Acknowledgements move no byte on this side, and yet show that the other one is not idle. */
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

/* -q and -w. A silence that is an ordinary end is that of its lane. */
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
	lane_end(silent == &p->in ? &p->in : &p->out);
	p->moved_at = now;
	return false;
}

int64_t
ending_deadline(const struct pump *p)
{
	int64_t deadline = clock_min(idle_deadline(p), quit_deadline(p));

	deadline = clock_min(deadline, pump_begin_deadline(p));
	deadline = clock_min(deadline, p->sample_at);
	return clock_min(deadline, p->proof.look_at);
}
