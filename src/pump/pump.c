#include "pump/pump.h"

#include <assert.h>
#include <inttypes.h>

#include "base/clock.h"
#include "pump/ending.h"
#include "pump/explain.h"
#include "pump/liveness.h"

/*
 * Theory of operation. pump_want computes what to poll for from the states of the two lanes. In
 * pump_serve each lane takes a step; then the rules of when a conversation ends are applied to the
 * lanes' states (pump/ending.c), and the timeouts are checked. An end that no lane reads or writes
 * at the moment is polled with no events, since poll still reports POLLERR and POLLHUP.
 *
 * A pump ends when both lanes are finished, or one is broken. When one is broken, data that the
 * failed side had sent before is still read where it counts; and in a relay, what is on its way to
 * the other peer is delivered before the pump ends.
 */

enum { NEAR_IN, NEAR_OUT, FAR_IN, FAR_OUT, PUMP_FDS };

/* A relay waits for the delivery of the rest: how often it looks, how long without progress. */
#define REST_CHECK_INTERVAL (10 * CLOCK_MS)
#define REST_LONGEST (60 * CLOCK_S)

/* The most steps of a lane to read what had arrived before its source failed. */
#define READ_AVAILABLE_STEPS 4096

#define GONE (POLLERR | POLLHUP | POLLNVAL)

/* The only function that changes the state: forward only, and another turn follows. */
static void
pump_set(struct pump *p, enum pump_state state)
{
	assert(state > p->state);
	p->state = state;
	p->wake_at = 0;
}

/* The first lane that is broken; NULL: none is. */
static const struct lane *
broken_lane(const struct pump *p)
{
	if (p->out.state == LANE_BROKEN)
		return &p->out;
	return p->in.state == LANE_BROKEN ? &p->in : NULL;
}

/*
 * The lane whose source will give no more than what can be read now: near has gone, or one of two
 * peers has failed. NULL: none.
 */
static const struct lane *
last_lane(const struct pump *p)
{
	const struct lane *broken = broken_lane(p);

	if (p->rules.near_gone)
		return &p->out;
	if (broken == NULL || !p->rules.near_is_peer || broken->culprit->messages_in)
		return NULL;
	return broken->culprit == p->near ? &p->out : &p->in;
}

/*
 * Whether to ask poll at once if the source has anything, as the end depends on it: nothing more
 * will come, or the sink has gone while the lane was not being read.
 */
static bool
must_look(const struct pump *p, const struct lane *lane, int64_t now)
{
	return (lane == last_lane(p) || (lane->sink->hung_up && !lane->source_empty)) &&
	       lane_wants_source(lane, now);
}

/* An entry for poll: with its events if wanted, to watch for errors only, or disabled. */
static struct pollfd
entry(struct pollfd wanted, bool wants, bool watch)
{
	if (!wants)
		wanted.events = 0;
	if (!wants && !watch)
		wanted.fd = -1;
	return wanted;
}

static size_t
pump_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	struct pump *p = (struct pump *)task;
	const int64_t now = clock_now();
	const bool far_in = lane_wants_source(&p->in, now);
	const bool far_out = lane_wants_sink(&p->out, now);

	if (p->state == PUMP_DELIVERING_REST) {
		*deadline = p->sample_at;
		return 0;
	}
	if (room < PUMP_FDS)
		return PUMP_FDS;
	fds[NEAR_IN] = entry(end_poll_in(p->near), lane_wants_source(&p->out, now), false);
	fds[NEAR_OUT] =
	    entry(end_poll_out(p->near), lane_wants_sink(&p->in, now), !p->near->hung_up);
	fds[FAR_IN] = entry(end_poll_in(p->far), far_in, !far_out && !p->far->hung_up);
	fds[FAR_OUT] = entry(end_poll_out(p->far), far_out, false);

	*deadline = clock_min(lane_deadline(&p->out), lane_deadline(&p->in));
	*deadline = clock_min(*deadline, ending_deadline(p));
	*deadline = clock_min(*deadline, p->wake_at);
	if (must_look(p, &p->out, now) || must_look(p, &p->in, now))
		*deadline = now;
	return PUMP_FDS;
}

/* Ends the pump. Adds the bytes moved to the error's text. */
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
	explain_end(p);
	pump_set(p, PUMP_ENDED);
	loop_remove(p->loop, &p->task);
	p->done(p->arg, p);
}

/* A lane's source has failed: carries what it had sent before, as far as possible without waiting.
 */
static void
read_available(struct lane *lane, int64_t now)
{
	const struct lane_events any = {.source = true, .sink = lane->sink->nonblocking};

	lane_lift_limit(lane);
	for (int i = 0; i < READ_AVAILABLE_STEPS && !lane_over(lane); i++)
		if (!lane_step(lane, any, now))
			return;
}

/*
 * Errors and hang-ups that poll reports of ends that are only watched. If standard output has lost
 * its reader, the in lane breaks at once. If the peer has an error, what it sent is read first; a
 * hang-up without an error is only remembered.
 */
static void
pump_notice(struct pump *p, const struct pollfd *fds, int64_t now)
{
	const int gone = fds[FAR_IN].revents & GONE;
	bool failed;

	p->near->rdhup = (fds[NEAR_IN].revents & (END_RDHUP | POLLHUP)) != 0;
	p->far->rdhup = (fds[FAR_IN].revents & (END_RDHUP | POLLHUP)) != 0;
	if (fds[NEAR_OUT].events == 0 && (fds[NEAR_OUT].revents & GONE)) {
		p->near->hung_up = true;
		trace(p->rules.tracer, "%s has hung up", p->near->out_name);
		if (end_failed(p->near))
			lane_break_sink(&p->in);
	}
	if (fds[FAR_IN].fd == -1 || fds[FAR_IN].events != 0 || gone == 0)
		return;
	p->far->hung_up = true;
	trace(p->rules.tracer, "%s has hung up", p->far->in_name);
	failed = end_failed(p->far);
	if (p->in.state == LANE_OPEN && failed && !p->rules.near_is_peer) {
		read_available(&p->in, now);
		lane_break_source(&p->in);
	}
}

/* Whether the failed side may have sent more, before it failed, than was read so far. */
static bool
has_rest_to_read(struct pump *p)
{
	const struct lane *last = last_lane(p);

	if (last == NULL)
		return false;
	/* Data may have arrived since the last poll: poll and read once more. */
	if (p->state == PUMP_RUNNING) {
		trace(p->rules.tracer, "reads what %s may have sent before", last->source->in_name);
		pump_set(p, PUMP_READING_REST);
		return true;
	}
	return !lane_over(last) && !lane_is_quiet(last);
}

/*
 * One of two peers has failed, and the other one's connection will be reset to show that. A reset
 * discards what is still on its way to it: returns how many bytes that would be.
 */
static size_t
undelivered_rest(const struct pump *p)
{
	const struct lane *broken = broken_lane(p);
	struct end *other = broken->culprit == p->near ? p->far : p->near;
	const bool both =
	    p->in.culprit != NULL && p->out.culprit != NULL && p->in.culprit != p->out.culprit;
	size_t left = 0;

	if (!p->rules.near_is_peer || both || end_acknowledged(other, &left) != IO_AGAIN)
		return 0;
	return left;
}

/* Whether to wait: bytes are on their way to the peer that has not failed, and they make progress.
 */
static bool
has_rest_to_deliver(struct pump *p, int64_t now)
{
	const size_t left = undelivered_rest(p);

	if (left == 0)
		return false;
	if (p->state != PUMP_DELIVERING_REST || left != p->unacknowledged)
		p->moved_at = now;
	if (p->state != PUMP_DELIVERING_REST) {
		trace(p->rules.tracer, "waits for the delivery of %zu bytes", left);
		pump_set(p, PUMP_DELIVERING_REST);
	}
	p->unacknowledged = left;
	p->sample_at = clock_after(now, REST_CHECK_INTERVAL);
	return now < clock_after(p->moved_at, REST_LONGEST);
}

/*
 * Ends the pump if both lanes are finished, or one is broken and nothing is left to be read or
 * delivered. Returns whether the pump has ended, or only waits for delivery.
 */
static bool
pump_concluded(struct pump *p, int64_t now)
{
	const struct lane *broken = broken_lane(p);

	if (broken == NULL) {
		if (p->out.state != LANE_FINISHED || p->in.state != LANE_FINISHED)
			return false;
		pump_finish(p, NULL);
		return true;
	}
	if (p->state != PUMP_DELIVERING_REST && has_rest_to_read(p))
		return false;
	if (p->out.culprit == p->far && !p->rules.near_is_peer)
		read_available(&p->in, now);
	if (has_rest_to_deliver(p, now))
		liveness_report_idle(p);
	else
		pump_finish(p, &broken->error);
	return true;
}

/* back: the entry for reading from the end that is the sink. */
static struct lane_events
events_of(const struct pollfd *source, const struct pollfd *sink, const struct pollfd *back)
{
	return (struct lane_events){
	    .polled = source->fd != -1 && source->events != 0,
	    .source = source->revents != 0,
	    .sink = sink->revents != 0,
	    .replied = back->revents != 0,
	};
}

static void
pump_step(struct pump *p, const struct pollfd *fds, int64_t now)
{
	const struct lane_events out = events_of(&fds[NEAR_IN], &fds[FAR_OUT], &fds[FAR_IN]);
	const struct lane_events in = events_of(&fds[FAR_IN], &fds[NEAR_OUT], &fds[NEAR_IN]);
	bool sent, received;

	p->wake_at = CLOCK_NEVER;
	ending_note_pauses(p, now);
	pump_notice(p, fds, now);
	sent = lane_step(&p->out, out, now);
	received = lane_step(&p->in, in, now);
	ending_note(p, sent, received, now);
	ending_rules(p, now);
	/* If the rules no longer defer the half-close, do it now. */
	if (p->out.state == LANE_DRAINING)
		(void)lane_step(&p->out, (struct lane_events){0}, now);
}

static void
pump_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct pump *p = (struct pump *)task;
	const int64_t now = clock_now();
	struct error error;

	(void)count;
	if (p->watcher != NULL)
		loop_changed(p->watcher);
	if (p->state != PUMP_DELIVERING_REST)
		pump_step(p, fds, now);
	if (pump_concluded(p, now))
		return;
	liveness_report_idle(p);
	if (ending_timed_out(p, now, &error))
		pump_finish(p, &error);
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
	    .sent_at = now,
	    .received_at = now,
	    .wake_at = CLOCK_NEVER,
	    .sample_at = CLOCK_NEVER,
	    .confirm.check_at = CLOCK_NEVER,
	    .done = done,
	    .arg = arg,
	};
	near->user = far->user = &p->task;
	p->rules.out.replies = transforms_answers(rules->in.transforms);
	p->rules.in.replies = transforms_answers(rules->out.transforms);
	p->rules.out.rate_of_sink = true;
	if (rules->idle >= 0 && !rules->datagrams)
		p->sample_at = now;
	if (!lane_start(&p->out, near, far, &p->rules.out, err) ||
	    !lane_start(&p->in, far, near, &p->rules.in, err) || !loop_add(loop, &p->task, err)) {
		pump_stop(p);
		return false;
	}
	explain_rules(p);
	p->in.limit = rules->messages;
	p->out.finish_deferred = rules->hold;
	if (rules->far_unanswered)
		lane_end(&p->out, far->in_name, "has no address that answers could go to");
	return true;
}

void
pump_near_gone(struct pump *p)
{
	p->rules.near_gone = true;
	p->wake_at = 0;
	loop_changed(&p->task);
}

void
pump_break(struct pump *p, const struct error *cause)
{
	pump_finish(p, cause);
}

void
pump_stop(struct pump *p)
{
	if (p->loop == NULL)
		return;
	loop_remove(p->loop, &p->task);
	p->near->user = p->far->user = NULL;
	lane_stop(&p->out);
	lane_stop(&p->in);
	p->loop = NULL;
}
