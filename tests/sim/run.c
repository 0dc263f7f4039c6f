#include "run.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "choice.h"
#include "kernel.h"
#include "sim.h"

/*
 * Theory of operation. Each turn asks the subject what it waits for. If poll has something to tell
 * at once, it does. Else one thing happens, which is the choice of the turn: something to one of
 * the ends that are asked, or to one that is watched, or the time passes until the deadline. Then
 * the subject is served, and what its calls come to is chosen there, as far as it is not known.
 */

/* So many turns one after the other may do nothing, without waiting for anything. */
#define IDLE_TURNS 3

/* Once nothing but the end is chosen, and there is little to deliver. */
#define TURNS_MAX 20000

/* So many things at most can happen in one turn. */
#define EVENTS_MAX 64

struct event {
	enum { HAPPENS, TIME_PASSES, NEAR_LEAVES } kind;
	struct actor *actor;
	enum happening what;
};

struct events {
	struct event list[EVENTS_MAX];
	unsigned count, common;
};

/* What is asked of an end. */
struct asked {
	bool in, out, watched;
};

static struct asked
asked_of(const struct actor *a, const struct pollfd *fds, size_t count)
{
	struct asked asked = {.in = a->kind.unpolled};

	for (size_t i = 0; i < count; i++) {
		asked.in = asked.in || (fds[i].fd == a->in && (fds[i].events & POLLIN));
		asked.out = asked.out || (fds[i].fd == a->out && (fds[i].events & POLLOUT));
		asked.watched =
		    asked.watched || fds[i].fd == a->out || (fds[i].fd == a->in && a->kind.socket);
	}
	return asked;
}

static void
add(struct events *events, enum happening from, enum happening to, struct actor *actors[2],
    const struct asked asked[2])
{
	for (enum happening what = from; what <= to; what++)
		for (size_t i = 0; i < 2; i++)
			if (actor_can(actors[i], what, asked[i].in, asked[i].out, asked[i].watched))
				events->list[events->count++] =
				    (struct event){HAPPENS, actors[i], what};
}

/* What could happen now; first what leads to the end of the run. */
static void
list_events(
    struct run *r, struct events *events, const struct pollfd *fds, size_t count, int64_t deadline)
{
	struct actor *actors[2] = {&r->near, &r->far};
	const struct asked asked[2] = {
	    asked_of(&r->near, fds, count), asked_of(&r->far, fds, count)};

	events->count = 0;
	add(events, ENDS, TAKES_ALL, actors, asked);
	if (deadline != CLOCK_NEVER)
		events->list[events->count++] = (struct event){.kind = TIME_PASSES};
	add(events, GIVES_ONE, TAKES_SOME, actors, asked);
	events->common = events->count;
	add(events, IN_BUSY, HAPPENINGS - 1, actors, asked);
	if (r->conversation->leaves && !r->left)
		events->list[events->count++] = (struct event){.kind = NEAR_LEAVES};
}

static void
pass_time(int64_t duration)
{
	sim.now += duration;
	sim.progress = true;
	sim_tell("%lld.%06lld s: time passes", (long long)((sim.now - SIM_START) / CLOCK_S),
	    (long long)((sim.now - SIM_START) % CLOCK_S / 1000));
}

static void
make_event(struct run *r, const struct event *event, int64_t deadline)
{
	sim.progress = true;
	if (event->kind == HAPPENS) {
		actor_does(event->actor, event->what);
	} else if (event->kind == NEAR_LEAVES) {
		sim_tell("near leaves");
		r->left = true;
		subject_near_left();
	} else {
		pass_time(clock_timeout(sim.now, deadline) * CLOCK_MS);
	}
}

/* Returns whether poll has something to tell of any of them. */
static bool
poll_all(const struct run *r, struct pollfd *fds, size_t count)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		const struct actor *a =
		    fds[i].fd == r->near.in || fds[i].fd == r->near.out ? &r->near : &r->far;

		fds[i].revents = fds[i].fd < 0 ? 0 : actor_poll(a, fds[i].fd, fds[i].events);
		any = any || fds[i].revents != 0;
	}
	return any;
}

/* The world's part of a turn. Returns whether the subject is to be served. */
static bool
world_turn(struct run *r, struct pollfd *fds, size_t count, int64_t deadline)
{
	const bool at_once = poll_all(r, fds, count) || deadline <= sim.now;
	struct events events;
	unsigned pick;

	list_events(r, &events, fds, count, at_once ? CLOCK_NEVER : deadline);
	if (at_once) {
		/* Something else may come at the same time. */
		pick = events.count > 0 ? choice_rare(events.count + 1) : 0;
		if (pick > 0)
			make_event(r, &events.list[pick - 1], deadline);
		return poll_all(r, fds, count) || deadline <= sim.now;
	}
	if (events.common == 0)
		sim_fail("it waits for nothing, but that something fails");
	if (deadline != CLOCK_NEVER && choice_rare(4) == 3)
		pass_time((clock_min(deadline - sim.now, CLOCK_S) / CLOCK_MS / 2) * CLOCK_MS);
	pick = choice(events.count, events.common);
	make_event(r, &events.list[pick], deadline);
	return poll_all(r, fds, count) || deadline <= sim.now;
}

/* For who repeats a run: what is asked, and what poll tells. */
static void
tell_polled(const struct run *r, const struct pollfd *fds, size_t count, int64_t deadline)
{
	char text[32] = "";

	if (!sim.verbose)
		return;
	if (deadline != CLOCK_NEVER)
		snprintf(text, sizeof(text), " until %lld ms",
		    (long long)((deadline - SIM_START) / CLOCK_MS));
	for (size_t i = 0; i < count; i++)
		if (fds[i].fd >= 0)
			sim_tell("poll %s%s%s%s:%s%s%s%s", fds[i].fd < r->far.in ? "near" : "far",
			    fds[i].events & POLLIN ? " in" : "",
			    fds[i].events & POLLOUT ? " out" : "", text,
			    fds[i].revents & POLLIN ? " in" : "",
			    fds[i].revents & POLLOUT ? " out" : "",
			    fds[i].revents & POLLERR ? " error" : "",
			    fds[i].revents & POLLHUP ? " hang-up" : "");
	if (count == 0)
		sim_tell("poll nothing%s", text);
}

static void
turn(struct run *r)
{
	struct pollfd fds[SUBJECT_FDS];
	const struct error *error;
	int64_t deadline = CLOCK_NEVER;
	size_t count;

	sim.progress = false;
	sim.calls = 0;
	count = subject_want(fds, &deadline);
	if (!world_turn(r, fds, count, deadline))
		return;
	tell_polled(r, fds, count, deadline);
	subject_serve(fds, count);
	check_limits(r);
	if (r->conversation->rules.hold && r->far.finished && !r->far.ended && !r->far.gone)
		sim_fail("far is finished before it has finished itself");
	r->idle_turns = sim.progress ? 0 : r->idle_turns + 1;
	if (r->idle_turns > IDLE_TURNS && !subject_done(&error))
		sim_fail("it turns round without waiting for anything");
}

static struct model_kind
lane_kind(const struct conversation *c, bool out)
{
	const struct actor_kind *from = out ? &c->near : &c->far, *to = out ? &c->far : &c->near;

	return (struct model_kind){
	    .contents = out ? c->near_says : c->far_says,
	    .crlf = out && c->rules.crlf,
	    .telnet = !out && c->rules.telnet,
	    .from_messages = from->messages,
	    .to_messages = to->messages,
	    .from = from->messages ? MARKS_NONE : from->marks,
	    .to = to->messages ? MARKS_NONE : to->marks,
	    .cut = !from->whole || to->divisible,
	    .longest = to->send_max > 0 ? to->send_max : (size_t)64 << 10,
	    .cut_short = out && c->rules.messages > 0,
	    .most = out ? 0 : c->rules.messages,
	    .delay = out ? c->rules.delay : 0,
	};
}

static void
begin(struct run *r, const struct conversation *c)
{
	const struct model_kind out = lane_kind(c, true), in = lane_kind(c, false);

	sim = (struct sim){.now = SIM_START, .verbose = sim.verbose};
	*r = (struct run){.conversation = c, .out = r->out, .in = r->in};
	model_start(&r->out, &out, c->rules.telnet ? &r->in : NULL);
	model_start(&r->in, &in, NULL);
	actor_open(&r->near, &c->near, "near-in", "near-out", 1000, c->near.socket ? 1000 : 1001,
	    c->rules.near_is_peer ? FAULT_PEER : FAULT_STANDARD);
	actor_open(
	    &r->far, &c->far, "far-in", "far-out", 1002, c->far.socket ? 1002 : 1003, FAULT_PEER);
	r->near.gives = r->far.gets = &r->out;
	r->far.gives = r->near.gets = &r->in;
	kernel_begin(&r->near, &r->far);
	choice_begin();
}

void
run_conversation(struct run *r, const struct conversation *c)
{
	const struct error *error;
	unsigned turns = 0;

	begin(r, c);
	subject_start(&c->rules, &r->near, &r->far);
	while (!subject_done(&error)) {
		if (++turns > TURNS_MAX)
			sim_fail("it does not end");
		turn(r);
	}
	sim_tell("%s", error->fault == FAULT_NONE ? "success" : error->text);
	check_run(r);
	subject_stop();
	if (sim.allocated != 0)
		sim_fail("%zu bytes of memory are not given back", sim.allocated);
	if (kernel_pipes() != 0)
		sim_fail("a pipe is not closed");
}
