#include "subject.h"

#include <stdlib.h>
#include <string.h>

#include "codec/crlf.h"
#include "codec/telnet.h"
#include "pump/pump.h"
#include "sim.h"

/* A tap: it is to see each byte that is read, or delivered, once, after that. */
struct witness {
	struct tap tap;
	const struct model *model; /* NULL: of what is read */
	size_t seen, messages;
	bool ended;
};

enum { OUT, IN, OUT_SOURCE, IN_SOURCE, WITNESSES };

static struct {
	struct pump pump;
	struct loop loop; /* of nothing but the task */
	struct task *task;
	bool done;
	/* The loop asks it when it was served, or something has changed: what it said last. */
	bool asked;
	struct pollfd fds[SUBJECT_FDS];
	size_t count;
	int64_t deadline;
	struct witness taps[WITNESSES];
	struct crlf crlf;
	struct telnet telnet;
	struct outbox answers;
	char room[LANE_PIECE + TELNET_CARRY];
} own;

bool
loop_add(struct loop *loop, struct task *task, struct error *err)
{
	(void)loop;
	(void)err;
	own.task = task;
	return true;
}

void
loop_remove(struct loop *loop, struct task *task)
{
	(void)loop;
	(void)task;
	own.task = NULL;
}

void
loop_changed(struct task *task)
{
	if (task == own.task)
		own.asked = false;
}

static void
witness_saw(struct tap *tap, const char *data, size_t len)
{
	struct witness *w = (struct witness *)tap;

	if (w->ended)
		sim_fail("a tap sees more after the end");
	if (data == NULL && tap->needs_bytes)
		sim_fail("a tap that needs the bytes is not shown them");
	if (w->model != NULL && w->model->delivered - w->seen < len)
		sim_fail("a tap sees more than was delivered");
	if (w->model != NULL && data != NULL && memcmp(w->model->due + w->seen, data, len) != 0)
		sim_fail("a tap sees at %zu what was not delivered", w->seen);
	w->seen += len;
}

static void
witness_message_end(struct tap *tap)
{
	((struct witness *)tap)->messages++;
}

static void
witness_ended(struct tap *tap, bool broken)
{
	struct witness *w = (struct witness *)tap;

	(void)broken;
	if (w->ended)
		sim_fail("a tap is told of the end twice");
	w->ended = true;
}

static void
done(void *arg, struct pump *pump)
{
	(void)arg;
	(void)pump;
	if (own.done)
		sim_fail("the end is told twice");
	own.done = true;
}

static struct pump_rules
rules_of(const struct subject_rules *r)
{
	return (struct pump_rules){
	    .idle = r->idle,
	    .quit = r->quit,
	    .input_timeout = r->input_timeout,
	    .messages = r->messages,
	    .datagrams = r->datagrams,
	    .near_datagrams = r->near_datagrams,
	    .hold = r->hold,
	    .near_follows = r->near_follows,
	    .one_way = r->one_way,
	    .sent_is_all = r->sent_is_all,
	    .far_unanswered = r->far_unanswered,
	    .near_is_peer = r->near_is_peer,
	    .out = {.copy = r->copy,
		.delay = r->delay,
		.rate = r->rate,
		.source_taps = &own.taps[OUT_SOURCE].tap,
		.sink_taps = &own.taps[OUT].tap},
	    .in = {.copy = r->copy,
		.rate = r->rate,
		.skip_too_long = r->skip_too_long,
		.source_taps = &own.taps[IN_SOURCE].tap,
		.sink_taps = &own.taps[IN].tap},
	};
}

void
subject_start(const struct subject_rules *r, struct actor *near, struct actor *far)
{
	struct pump_rules rules = rules_of(r);
	struct error error;

	own.done = own.asked = false;
	for (size_t i = 0; i < WITNESSES; i++)
		own.taps[i] = (struct witness){.tap = {.needs_bytes = r->tapped,
						   .saw = witness_saw,
						   .message_end = witness_message_end,
						   .ended = witness_ended}};
	own.taps[OUT].model = near->gives;
	own.taps[IN].model = far->gives;
	if (r->crlf) {
		crlf_start(&own.crlf);
		rules.out.transforms = &own.crlf.transform;
	}
	if (r->telnet) {
		own.answers = (struct outbox){.data = own.room, .size = sizeof(own.room)};
		telnet_start(&own.telnet, &own.answers);
		rules.in.transforms = &own.telnet.transform;
	}
	if (!pump_start(&own.pump, &own.loop, &near->end, &far->end, &rules, done, NULL, &error))
		sim_fail("it does not start: %s", error.text);
}

/* Nothing but its deadline changes what it waits for, unless the loop is told. */
static void
check_unchanged(void)
{
	struct pollfd fds[SUBJECT_FDS];
	int64_t deadline = INT64_MAX;
	const size_t count = own.task->want(own.task, fds, SUBJECT_FDS, &deadline);

	if (own.deadline <= sim.now)
		return;
	if (deadline <= sim.now)
		sim_fail("it has something to do, and the loop is not told");
	for (size_t i = 0; i < count && count == own.count; i++)
		if (fds[i].fd != own.fds[i].fd || fds[i].events != own.fds[i].events)
			sim_fail("it waits for something else, and the loop is not told");
}

size_t
subject_want(struct pollfd fds[SUBJECT_FDS], int64_t *deadline)
{
	if (!own.asked) {
		own.deadline = INT64_MAX;
		own.count = own.task->want(own.task, own.fds, SUBJECT_FDS, &own.deadline);
		own.asked = true;
	} else {
		check_unchanged();
	}
	memcpy(fds, own.fds, own.count * sizeof(*fds));
	*deadline = own.deadline;
	return own.count;
}

void
subject_serve(const struct pollfd *fds, size_t count)
{
	own.asked = false;
	own.task->serve(own.task, fds, count);
}

void
subject_near_left(void)
{
	pump_near_gone(&own.pump);
}

bool
subject_done(const struct error **error)
{
	*error = &own.pump.error;
	return own.done;
}

void
subject_counts(bool out, uint64_t *taken, uint64_t *delivered, uint64_t *left_out)
{
	const struct lane *lane = out ? &own.pump.out : &own.pump.in;
	const struct witness *source = &own.taps[out ? OUT_SOURCE : IN_SOURCE];
	const struct witness *sink = &own.taps[out ? OUT : IN];

	*taken = lane->taken;
	*delivered = lane->delivered;
	*left_out = lane->left_out;
	if (sink->seen != lane->delivered || source->seen != lane->taken)
		sim_fail("taps have seen %zu bytes of %zu read, %zu of %zu delivered", source->seen,
		    (size_t)lane->taken, sink->seen, (size_t)lane->delivered);
	if (sink->messages != lane->messages - lane->left_out)
		sim_fail("a tap has seen %zu messages", sink->messages);
	if (source->ended != (lane->state != LANE_OPEN) ||
	    sink->ended != (lane->state >= LANE_UNACKED))
		sim_fail("a tap was not told of the end");
}

void
subject_stop(void)
{
	pump_stop(&own.pump);
}
