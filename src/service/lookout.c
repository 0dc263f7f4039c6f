#include "service/lookout.h"

#include "base/clock.h"

/* Nobody wonders for longer than this what strait waits for. */
#define REMINDER_AFTER (2 * CLOCK_S)

/* When to say that standard input is waited for: so long after that has begun. */
static int64_t
reminder_time(const struct lookout *l)
{
	const int64_t input_timeout = l->pump->rules.input_timeout,
		      until = pump_input_deadline(l->pump);

	if (l->reminded || input_timeout <= REMINDER_AFTER || until == CLOCK_NEVER)
		return CLOCK_NEVER;
	return until - input_timeout + REMINDER_AFTER;
}

/* There is nothing to look at before messages have come. */
static size_t
lookout_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct lookout *l = (const struct lookout *)task;

	(void)fds;
	(void)room;
	*deadline = clock_min(*deadline, reminder_time(l));
	if (l->pump->in.messages != l->looked)
		*deadline = clock_min(*deadline, l->look_at);
	return 0;
}

static void
tell_lost(struct lookout *l)
{
	const struct end *far = l->pump->far;
	const uint64_t lost = far->ops->lost != NULL ? far->ops->lost(far) : 0;
	const uint64_t left_out = l->pump->in.left_out;

	if (lost > l->lost)
		event_tell(l->observer, (struct event){.kind = EVENT_LOST, .count = lost});
	if (left_out > l->left_out)
		event_tell(l->observer, (struct event){.kind = EVENT_LEFT_OUT,
					    .count = left_out,
					    .name = l->pump->in.sink->out_name});
	l->lost = lost;
	l->left_out = left_out;
}

static void
lookout_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct lookout *l = (struct lookout *)task;
	const int64_t now = clock_now();

	(void)fds;
	(void)count;
	if (reminder_time(l) <= now) {
		l->reminded = true;
		event_tell(l->observer, (struct event){.kind = EVENT_WAITING_FOR_INPUT,
					    .duration = l->pump->rules.input_timeout});
	}
	if (now < l->look_at)
		return;
	tell_lost(l);
	l->looked = l->pump->in.messages;
	l->look_at = now + CLOCK_S;
}

bool
lookout_start(struct lookout *l, struct loop *loop, const struct pump *pump,
    struct observer *observer, struct error *err)
{
	*l = (struct lookout){
	    .task = {.want = lookout_want, .serve = lookout_serve},
	    .loop = loop,
	    .pump = pump,
	    .observer = observer,
	};
	return loop_add(loop, &l->task, err);
}

void
lookout_stop(struct lookout *l)
{
	if (l->loop == NULL)
		return;
	loop_remove(l->loop, &l->task);
	l->loop = NULL;
	tell_lost(l);
}
