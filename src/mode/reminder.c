#include "mode/reminder.h"

#include "base/number.h"
#include "mode/say.h"

/* The time since which near has been waited for is that of its deadline less what it was given. */
static size_t
reminder_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct reminder *r = (const struct reminder *)task;
	const int64_t until = pump_begin_deadline(r->pump);

	(void)fds;
	(void)room;
	if (until != CLOCK_NEVER)
		*deadline = until - r->pump->rules.begin + REMINDER_AFTER;
	return 0;
}

static void
reminder_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct reminder *r = (struct reminder *)task;
	char text[32];

	(void)fds;
	(void)count;
	notice("the peer has finished; standard input, silent so far, gets %s to begin "
	       "(-d, or < /dev/null: no such wait)",
	    duration_text(text, r->pump->rules.begin));
	reminder_stop(r);
}

void
reminder_stop(struct reminder *r)
{
	if (r->loop != NULL)
		loop_remove(r->loop, &r->task);
	r->loop = NULL;
}

bool
reminder_start(struct reminder *r, struct loop *loop, const struct pump *pump, struct error *err)
{
	*r = (struct reminder){
	    .task = {.want = reminder_want, .serve = reminder_serve},
	    .loop = loop,
	    .pump = pump,
	};
	return loop_add(loop, &r->task, err);
}
