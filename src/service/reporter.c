#include "service/reporter.h"

#include "base/clock.h"

/* After how long the user is told that strait waits for standard input. */
#define REMIND_AFTER (2 * CLOCK_S)

/* When to report that standard input is waited for: some time after the wait has begun. */
static int64_t
reminder_time(const struct reporter *r)
{
	const int64_t input_timeout = r->pump->rules.input_timeout,
		      until = pump_input_deadline(r->pump);

	if (r->reminded || input_timeout <= REMIND_AFTER || until == CLOCK_NEVER)
		return CLOCK_NEVER;
	return until - input_timeout + REMIND_AFTER;
}

/* Checks for losses only after new messages have arrived. */
static size_t
reporter_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct reporter *r = (const struct reporter *)task;

	(void)fds;
	(void)room;
	*deadline = clock_min(*deadline, reminder_time(r));
	if (r->pump->in.messages != r->checked)
		*deadline = clock_min(*deadline, r->next_check);
	return 0;
}

static void
reporter_tell_lost(struct reporter *r)
{
	const struct end *far = r->pump->far;
	const uint64_t lost = far->ops->lost != NULL ? far->ops->lost(far) : 0;
	const uint64_t left_out = r->pump->in.left_out;

	if (lost > r->lost)
		event_tell(r->observer, (struct event){.kind = EVENT_LOST, .count = lost});
	if (left_out > r->left_out)
		event_tell(r->observer, (struct event){.kind = EVENT_LEFT_OUT,
					    .count = left_out,
					    .name = r->pump->in.sink->out_name});
	r->lost = lost;
	r->left_out = left_out;
}

static void
reporter_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct reporter *r = (struct reporter *)task;
	const int64_t now = clock_now();

	(void)fds;
	(void)count;
	if (reminder_time(r) <= now) {
		r->reminded = true;
		event_tell(r->observer, (struct event){.kind = EVENT_WAITING_FOR_INPUT,
					    .duration = r->pump->rules.input_timeout});
	}
	if (now < r->next_check)
		return;
	reporter_tell_lost(r);
	r->checked = r->pump->in.messages;
	r->next_check = now + CLOCK_S;
}

bool
reporter_start(struct reporter *r, struct loop *loop, const struct pump *pump,
    struct observer *observer, struct error *err)
{
	*r = (struct reporter){
	    .task = {.want = reporter_want, .serve = reporter_serve},
	    .loop = loop,
	    .pump = pump,
	    .observer = observer,
	};
	return loop_add(loop, &r->task, err);
}

void
reporter_stop(struct reporter *r)
{
	if (r->loop == NULL)
		return;
	loop_remove(r->loop, &r->task);
	r->loop = NULL;
	reporter_tell_lost(r);
}
