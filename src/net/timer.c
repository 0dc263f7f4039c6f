#include "net/timer.h"

static size_t
timer_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct timer *timer = (const struct timer *)task;

	(void)fds;
	(void)room;
	*deadline = timer->at;
	return 0;
}

static void
timer_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct timer *timer = (struct timer *)task;

	(void)fds;
	(void)count;
	loop_remove(timer->loop, task);
	timer->fire(timer->arg);
}

void
timer_stop(struct timer *timer)
{
	if (timer->loop != NULL)
		loop_remove(timer->loop, &timer->task);
}

bool
timer_start(struct timer *timer, struct loop *loop, int64_t at, void (*fire)(void *arg), void *arg,
    struct error *err)
{
	*timer = (struct timer){
	    .task = {.want = timer_want, .serve = timer_serve},
	    .loop = loop,
	    .at = at,
	    .fire = fire,
	    .arg = arg,
	};
	return loop_add(loop, &timer->task, err);
}
