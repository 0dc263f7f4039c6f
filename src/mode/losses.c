#include "mode/losses.h"

#include <inttypes.h>

#include "base/clock.h"
#include "mode/say.h"

/* There is nothing to look at before the lane has moved again. */
static size_t
losses_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct losses *l = (const struct losses *)task;

	(void)fds;
	(void)room;
	if (l->lane->messages != l->looked)
		*deadline = l->look_at;
	return 0;
}

static void
tell(struct losses *l)
{
	const uint64_t lost = l->end != NULL ? l->end->ops->lost(l->end) : 0;
	const uint64_t left_out = l->lane->left_out;

	if (lost > l->told)
		notice("%" PRIu64 " datagrams lost so far: they came faster than they were read",
		    lost);
	if (left_out > l->left_out)
		notice("%" PRIu64 " datagrams left out so far: too long for %s", left_out,
		    l->lane->sink->out_name);
	l->told = lost;
	l->left_out = left_out;
}

static void
losses_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct losses *l = (struct losses *)task;

	(void)fds;
	(void)count;
	tell(l);
	l->looked = l->lane->messages;
	l->look_at = clock_now() + CLOCK_S;
}

bool
losses_watch(struct losses *l, struct loop *loop, const struct end *end, const struct lane *lane,
    struct error *err)
{
	*l = (struct losses){
	    .task = {.want = losses_want, .serve = losses_serve},
	    .loop = loop,
	    .end = end,
	    .lane = lane,
	};
	return loop_add(loop, &l->task, err);
}

void
losses_stop(struct losses *l)
{
	if (l->loop == NULL)
		return;
	loop_remove(l->loop, &l->task);
	l->loop = NULL;
	tell(l);
}
