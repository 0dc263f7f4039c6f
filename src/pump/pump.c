#include "pump/pump.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"
#include "pump/failure.h"
#include "pump/presence.h"

/*
 * Theory of operation. Each turn asks poll(2) for what the two lanes can use, computed anew from
 * their states by pump_want. Then each lane takes a step, the rules of when a conversation ends are
 * applied to where the lanes have got to, and the clocks are looked at. An end that no lane wants
 * anything of is watched even so, with no events asked: poll tells when it has failed.
 */

enum { NEAR_IN, NEAR_OUT, FAR_IN, FAR_OUT, PUMP_FDS };

/* How many looks for acknowledgements make up the time after which the silence is too long. */
#define SAMPLES 8

#define READ_EVENTS (POLLIN | END_SILENT)
#define GONE (POLLERR | POLLHUP | POLLNVAL)

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The lane which a silence ends now, if there is one: datagrams have no other end. */
static struct lane *
silent_lane(struct pump *p)
{
	if (p->rules.datagrams && p->near_done != CLOCK_NEVER && p->in.state == LANE_OPEN)
		return &p->in;
	if (p->rules.near_datagrams && p->far_done != CLOCK_NEVER && p->out.state == LANE_OPEN)
		return &p->out;
	return NULL;
}

int64_t
pump_begin_deadline(const struct pump *p)
{
	const bool said = p->near->spoken || p->out.taken > 0 || p->out.messages > 0;
	const bool heard = p->in.delivered > 0 || p->in.messages > 0;

	if (said || !heard || p->out.state != LANE_OPEN)
		return CLOCK_NEVER;
	return clock_after(p->far_done, p->rules.begin);
}

/* When -q has its say; CLOCK_NEVER as long as neither side has finished. */
static int64_t
quit_deadline(struct pump *p)
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
	return clock_after(later(p->moved_at, p->out.pause_until), p->rules.idle);
}

static size_t
pump_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	struct pump *p = (struct pump *)task;
	const int64_t now = clock_now();
	const bool near_out = lane_wants_sink(&p->in, now);
	const bool far_in = lane_wants_source(&p->in, now);
	const bool far_out = lane_wants_sink(&p->out, now);
	const bool watch = !far_in && !far_out && !p->far->hung_up;
	const struct lane *last = failure_last_words(p);

	if (p->lingering) {
		*deadline = p->sample_at;
		return 0;
	}
	if (room < PUMP_FDS)
		return PUMP_FDS;
	fds[NEAR_IN] = (struct pollfd){
	    .fd = lane_wants_source(&p->out, now) ? p->near->in : -1, .events = READ_EVENTS};
	fds[NEAR_OUT] = (struct pollfd){.fd = near_out || !p->near->hung_up ? p->near->out : -1,
	    .events = near_out ? POLLOUT : 0};
	fds[FAR_IN] = (struct pollfd){
	    .fd = far_in || watch ? p->far->in : -1, .events = far_in ? READ_EVENTS : 0};
	fds[FAR_OUT] = (struct pollfd){.fd = far_out ? p->far->out : -1, .events = POLLOUT};

	*deadline = clock_min(lane_deadline(&p->out), lane_deadline(&p->in));
	*deadline = clock_min(*deadline, idle_deadline(p));
	*deadline = clock_min(*deadline, p->sample_at);
	*deadline = clock_min(*deadline, quit_deadline(p));
	*deadline = clock_min(*deadline, pump_begin_deadline(p));
	*deadline = clock_min(*deadline, p->prove_at);
	if (p->poked || (last != NULL && lane_wants_source(last, now)))
		*deadline = now;
	return PUMP_FDS;
}

/* Ends the pump. Keeps the first error, and adds the bytes moved. */
static void
pump_finish(struct pump *p, const struct error *cause)
{
	if (cause != NULL) {
		p->error = *cause;
		error_set(&p->error, cause->fault,
		    "%s (%" PRIu64 " bytes sent, %" PRIu64 " received)", cause->text,
		    p->out.delivered, p->in.delivered);
		p->error.number = cause->number;
	}
	p->torn = p->out.culprit == p->near;
	loop_remove(p->loop, &p->task);
	p->done(p->arg, p);
}

/*
 * What poll tells of an end that nothing was asked of. Standard output that has lost its reader
 * breaks its lane at once; of the peer an error does, and a hang-up is remembered.
 */
static void
pump_notice(struct pump *p, const struct pollfd *fds, int64_t now)
{
	const int gone = fds[FAR_IN].revents & GONE;
	bool failed;
	int number;

	p->near->silent = (fds[NEAR_IN].revents & (END_SILENT | POLLHUP)) != 0;
	p->far->silent = (fds[FAR_IN].revents & (END_SILENT | POLLHUP)) != 0;
	if (fds[NEAR_OUT].events == 0 && (fds[NEAR_OUT].revents & GONE)) {
		p->near->hung_up = true;
		if (p->near->ops->deserted(p->near))
			lane_break_sink(&p->in);
	}
	if (fds[FAR_IN].fd == -1 || fds[FAR_IN].events != 0 || gone == 0)
		return;
	p->far->hung_up = true;
	failed = p->far->ops->failed(p->far);
	if (p->in.state == LANE_OPEN && failed && !p->rules.near_is_peer) {
		number = errno;
		failure_salvage(&p->in, now);
		errno = number;
		lane_break_source(&p->in);
	}
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
	if (p->rules.near_follows ||
	    (p->rules.one_way && !p->near->spoken && p->out.taken == 0 && lane_is_quiet(&p->out)))
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
static void
pump_rule(struct pump *p, int64_t now)
{
	p->prove_at = CLOCK_NEVER;
	if (p->in.state == LANE_DRAINING || p->in.state == LANE_FINISHED)
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
static void
pump_mark(struct pump *p, bool said, bool heard, int64_t now)
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
pump_sample(struct pump *p, int64_t now)
{
	const size_t before = p->unacknowledged;

	if (now < p->sample_at)
		return;
	p->sample_at = clock_after(now, p->rules.idle / SAMPLES + 1);
	(void)p->far->ops->settle(p->far, &p->unacknowledged);
	if (p->unacknowledged != before)
		p->moved_at = now;
}

/* -q and -w. */
static void
pump_clocks(struct pump *p, int64_t now)
{
	const bool near_first = p->near_done < p->far_done;
	struct lane *silent = silent_lane(p);
	struct error error;
	char text[32];

	pump_sample(p, now);
	if (quit_deadline(p) <= now) {
		error_set(&error, FAULT_TIME, "timed out: %s had not finished %s after %s had",
		    near_first ? p->far->in_name : p->near->in_name,
		    duration_text(text, p->rules.quit),
		    near_first ? p->near->in_name : p->far->in_name);
	} else if (idle_deadline(p) <= now) {
		error_set(&error, FAULT_TIME, "timed out: nothing moved for %s",
		    duration_text(text, p->rules.idle));
	} else {
		return;
	}
	if (silent != NULL) {
		lane_end(silent);
		p->moved_at = now;
	} else {
		pump_finish(p, &error);
	}
}

/* Ends the pump if a lane is broken or both are finished. Returns whether it has ended. */
static bool
pump_ended(struct pump *p, int64_t now)
{
	const struct lane *broken = failure_lane(p);
	const struct lane *last = failure_last_words(p);

	/* What it was silent about may have come since poll was asked. */
	if (broken != NULL && last != NULL && !p->parting) {
		p->parting = p->poked = true;
		return false;
	}
	if (broken != NULL && last != NULL && !lane_over(last) && !lane_is_quiet(last))
		return false;
	if (p->out.culprit == p->far && !p->rules.near_is_peer)
		failure_salvage(&p->in, now);
	if (broken != NULL && failure_lingers(p, now))
		return true;
	if (broken != NULL)
		pump_finish(p, &broken->error);
	else if (p->out.state == LANE_FINISHED && p->in.state == LANE_FINISHED)
		pump_finish(p, NULL);
	else
		return false;
	return true;
}

/* back: what comes from where the sink's bytes go to. */
static struct lane_events
events_of(const struct pollfd *source, const struct pollfd *sink, const struct pollfd *back)
{
	return (struct lane_events){
	    .asked = source->fd != -1 && source->events != 0,
	    .source = source->revents != 0,
	    .sink = sink->revents != 0,
	    .heard = back->revents != 0,
	};
}

static void
pump_step(struct pump *p, const struct pollfd *fds, int64_t now)
{
	const struct lane_events out = events_of(&fds[NEAR_IN], &fds[FAR_OUT], &fds[FAR_IN]);
	const struct lane_events in = events_of(&fds[FAR_IN], &fds[NEAR_OUT], &fds[NEAR_IN]);
	bool said, heard;

	p->poked = false;
	/* A delay that was asked for is no idleness. */
	p->moved_at = later(p->moved_at, clock_min(p->out.pause_until, now));
	pump_notice(p, fds, now);
	said = lane_step(&p->out, out, now);
	heard = lane_step(&p->in, in, now);
	pump_mark(p, said, heard, now);
	near_unbegun(p, now);
	pump_rule(p, now);
	/* What was held back may be finished at once. */
	if (p->out.state == LANE_DRAINING)
		(void)lane_step(&p->out, (struct lane_events){0}, now);
}

static void
pump_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct pump *p = (struct pump *)task;
	const int64_t now = clock_now();

	(void)count;
	if (!p->lingering)
		pump_step(p, fds, now);
	if (pump_ended(p, now))
		return;
	presence_tell_idle(p);
	pump_clocks(p, now);
}

bool
pump_start(struct pump *p, struct loop *loop, struct end *near, struct end *far,
    const struct pump_rules *rules, void (*done)(void *arg, struct pump *), void *arg,
    struct error *err)
{
	const int64_t now = clock_now();

	*p = (struct pump){
	    .task = {.want = pump_want, .serve = pump_serve},
	    .loop = loop,
	    .near = near,
	    .far = far,
	    .rules = *rules,
	    .moved_at = now,
	    .near_done = CLOCK_NEVER,
	    .far_done = CLOCK_NEVER,
	    .said_at = now,
	    .heard_at = now,
	    .sample_at = CLOCK_NEVER,
	    .prove_at = CLOCK_NEVER,
	    .done = done,
	    .arg = arg,
	};
	if (rules->idle >= 0 && !rules->datagrams)
		p->sample_at = now;
	if (!lane_start(&p->out, near, far, &rules->out, err) ||
	    !lane_start(&p->in, far, near, &rules->in, err) || !loop_add(loop, &p->task, err)) {
		pump_stop(p);
		return false;
	}
	p->in.limit = rules->messages;
	p->out.held = rules->hold;
	if (rules->far_unanswered)
		lane_end(&p->out);
	return true;
}

void
pump_near_left(struct pump *p)
{
	p->rules.near_left = true;
	p->poked = true;
}

void
pump_break(struct pump *p, const struct error *cause)
{
	if (!lane_over(&p->out)) {
		p->out.error = *cause;
		p->out.culprit = p->near;
	}
	pump_finish(p, cause);
}

void
pump_stop(struct pump *p)
{
	if (p->loop != NULL)
		loop_remove(p->loop, &p->task);
	lane_stop(&p->out);
	lane_stop(&p->in);
}
