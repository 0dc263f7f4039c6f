#include "net/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"

/*
 * Theory of operation. A turn costs what happens in it. A task rests until it is ready, since one
 * of its descriptors had an event or its deadline is over, and is served; or until it has changed.
 * After both it is asked what it wants. That is compared with what it said before, and the
 * descriptors that are wanted otherwise are gone through before the next poll: several tasks may
 * want the same one, so that what is wanted of it is counted.
 */

/* What a task wants of a descriptor. */
struct loop_wish {
	struct pollfd fd;
	struct task *task;
	struct loop_wish *previous, *next; /* of the same descriptor */
};

struct loop_descriptor {
	struct loop_wish *wishes;
	size_t count;          /* of them, */
	size_t counts[3];      /* and of those for each of the events */
	bool changed, watched; /* watched: the poller waits for it */
	int next_changed;      /* -1: none */
};

#ifdef POLLRDHUP
static const short events[3] = {POLLIN, POLLOUT, POLLRDHUP};
#else
static const short events[3] = {POLLIN, POLLOUT};
#endif

/* What poll(2) tells even if it was not asked. */
#define ALWAYS (POLLERR | POLLHUP | POLLNVAL)

void
loop_init(struct loop *loop)
{
	memset(loop, 0, sizeof(*loop));
	for (int state = 0; state < TASK_STATES; state++)
		TAILQ_INIT(&loop->tasks[state]);
	loop->changed = -1;
	poller_init(&loop->poller);
}

void
loop_free(struct loop *loop)
{
	for (int state = 0; state < TASK_STATES; state++)
		while (!TAILQ_EMPTY(&loop->tasks[state]))
			loop_remove(loop, TAILQ_FIRST(&loop->tasks[state]));
	free(loop->descriptors);
	free(loop->fds);
	deadlines_free(&loop->deadlines);
	poller_free(&loop->poller);
	loop_init(loop);
}

static void
set_state(struct task *task, enum task_state state)
{
	TAILQ_REMOVE(&task->loop->tasks[task->state], task, link);
	task->state = state;
	TAILQ_INSERT_TAIL(&task->loop->tasks[state], task, link);
}

bool
loop_add(struct loop *loop, struct task *task, struct error *err)
{
	if (!deadlines_reserve(&loop->deadlines, loop->count + 1))
		return error_errno(err, FAULT_LOCAL, "memory");
	task->loop = loop;
	task->state = TASK_CHANGED;
	task->due.at = CLOCK_NEVER;
	TAILQ_INSERT_TAIL(&loop->tasks[TASK_CHANGED], task, link);
	loop->count++;
	return true;
}

/* A wish for a descriptor comes (step 1) or goes (-1): the poller will be told. */
static void
count_wish(struct loop *loop, const struct pollfd *fd, int step)
{
	struct loop_descriptor *d = &loop->descriptors[fd->fd];

	d->count += (size_t)step;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (fd->events & events[i])
			d->counts[i] += (size_t)step;
	if (d->changed)
		return;
	d->changed = true;
	d->next_changed = loop->changed;
	loop->changed = fd->fd;
}

/* Takes back a wish. */
static void
forget(struct loop *loop, struct loop_wish *wish)
{
	if (wish->fd.fd == -1)
		return;
	if (wish->previous != NULL)
		wish->previous->next = wish->next;
	else
		loop->descriptors[wish->fd.fd].wishes = wish->next;
	if (wish->next != NULL)
		wish->next->previous = wish->previous;
	count_wish(loop, &wish->fd, -1);
	wish->fd.fd = -1;
}

/* Fills a wish that is empty. False when memory is short. */
static bool
make_wish(struct task *task, struct loop_wish *wish, const struct pollfd *fd)
{
	struct loop *loop = task->loop;
	struct loop_descriptor *d;

	*wish = (struct loop_wish){.fd = {.fd = -1}};
	if (fd->fd < 0)
		return true;
	if (!array_grow(&loop->descriptors, &loop->descriptors_room, (size_t)fd->fd + 1,
		sizeof(*loop->descriptors)))
		return false;
	d = &loop->descriptors[fd->fd];
	*wish = (struct loop_wish){.fd = *fd, .task = task, .next = d->wishes};
	if (d->wishes != NULL)
		d->wishes->previous = wish;
	d->wishes = wish;
	count_wish(loop, fd, 1);
	return true;
}

static void
forget_all(struct task *task)
{
	for (size_t i = 0; i < task->count; i++)
		forget(task->loop, &task->wishes[i]);
	task->count = 0;
}

void
loop_remove(struct loop *loop, struct task *task)
{
	if (task->loop == NULL)
		return;
	TAILQ_REMOVE(&loop->tasks[task->state], task, link);
	deadlines_set(&loop->deadlines, &task->due, CLOCK_NEVER);
	forget_all(task);
	free(task->wishes);
	task->wishes = NULL;
	task->wishes_room = 0;
	task->loop = NULL;
	loop->count--;
}

void
loop_changed(struct task *task)
{
	if (task->loop != NULL && task->state == TASK_RESTING)
		set_state(task, TASK_CHANGED);
}

void
loop_renewed(struct task *task)
{
	task->renewed = true;
	loop_changed(task);
}

void
loop_stop(struct loop *loop)
{
	loop->stopped = true;
}

void
loop_resume(struct loop *loop)
{
	loop->stopped = false;
}

/* Has the task say what it wants into loop->fds. Returns how many; SIZE_MAX when memory is short.
 */
static size_t
ask(struct loop *loop, struct task *task, int64_t *deadline)
{
	size_t count;

	for (;;) {
		*deadline = CLOCK_NEVER;
		count = task->want(task, loop->fds, loop->fds_room, deadline);
		if (count <= loop->fds_room)
			return count;
		if (!array_grow(&loop->fds, &loop->fds_room, count, sizeof(*loop->fds)))
			return SIZE_MAX;
	}
}

static bool
is_same(const struct pollfd *a, const struct pollfd *b)
{
	return (a->fd < 0 && b->fd < 0) || (a->fd == b->fd && a->events == b->events);
}

/* Makes a task's wishes those that it has said. False when memory is short. */
static bool
set_wishes(struct loop *loop, struct task *task, size_t count)
{
	/* Wishes are in lists, and must not be moved. */
	if (task->renewed || count > task->wishes_room)
		forget_all(task);
	task->renewed = false;
	if (!array_grow(&task->wishes, &task->wishes_room, count, sizeof(*task->wishes)))
		return false;
	for (; task->count > count; task->count--)
		forget(loop, &task->wishes[task->count - 1]);
	for (; task->count < count; task->count++)
		task->wishes[task->count].fd.fd = -1;
	for (size_t i = 0; i < count; i++) {
		if (is_same(&task->wishes[i].fd, &loop->fds[i]))
			continue;
		forget(loop, &task->wishes[i]);
		if (!make_wish(task, &task->wishes[i], &loop->fds[i]))
			return false;
	}
	return true;
}

/* Asks the tasks that have changed. False when memory is short. */
static bool
ask_changed(struct loop *loop)
{
	struct task *task;
	int64_t deadline;
	size_t count;

	while ((task = TAILQ_FIRST(&loop->tasks[TASK_CHANGED])) != NULL) {
		count = ask(loop, task, &deadline);
		if (count == SIZE_MAX || !set_wishes(loop, task, count))
			return false;
		deadlines_set(&loop->deadlines, &task->due, deadline);
		set_state(task, TASK_RESTING);
	}
	return true;
}

/*
 * Tells the poller what is wanted of the descriptors that have changed. Even if that is the same as
 * before, it may be another one with the same number. False when memory is short.
 */
static bool
tell_poller(struct loop *loop)
{
	for (; loop->changed != -1; loop->changed = loop->descriptors[loop->changed].next_changed) {
		struct loop_descriptor *d = &loop->descriptors[loop->changed];
		short wanted = 0;

		for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
			wanted |= d->counts[i] > 0 ? events[i] : 0;
		d->changed = false;
		if (d->count > 0 && !poller_set(&loop->poller, loop->changed, wanted))
			return false;
		if (d->count == 0 && d->watched)
			poller_unset(&loop->poller, loop->changed);
		d->watched = d->count > 0;
	}
	return true;
}

#ifdef LOOP_CHECK
/* Aborts if a task that rests would not say the same as before: loop_changed is missing. */
static void
check_resting(struct loop *loop)
{
	struct task *task;
	int64_t deadline;

	TAILQ_FOREACH(task, &loop->tasks[TASK_RESTING], link) {
		if (task->due.at <= clock_now())
			continue;
		if (ask(loop, task, &deadline) != task->count || deadline < task->due.at)
			abort();
		for (size_t i = 0; i < task->count; i++)
			if (!is_same(&task->wishes[i].fd, &loop->fds[i]))
				abort();
	}
}
#endif

/* A task is to be served; its descriptors have had no events so far. */
static void
make_ready(struct task *task)
{
	if (task->state == TASK_READY)
		return;
	for (size_t i = 0; i < task->count; i++)
		task->wishes[i].fd.revents = 0;
	set_state(task, TASK_READY);
}

static void
descriptor_ready(void *arg, int fd, short events_of_fd)
{
	struct loop *loop = arg;

	for (struct loop_wish *w = loop->descriptors[fd].wishes; w != NULL; w = w->next) {
		const short revents = (short)(events_of_fd & (w->fd.events | ALWAYS));

		if (revents == 0)
			continue;
		make_ready(w->task);
		w->fd.revents = revents;
	}
}

/* The tasks whose deadline is over are ready. */
static void
expire(struct loop *loop, int64_t now)
{
	struct deadline *due;

	while ((due = deadlines_first(&loop->deadlines)) != NULL && due->at <= now) {
		deadlines_set(&loop->deadlines, due, CLOCK_NEVER);
		make_ready((struct task *)(void *)((char *)due - offsetof(struct task, due)));
	}
}

/* Serves those for whom something has come. Tasks added meanwhile wait for the next turn. */
static void
dispatch(struct loop *loop)
{
	struct task *task;

	while (!loop->stopped && (task = TAILQ_FIRST(&loop->tasks[TASK_READY])) != NULL) {
		const size_t count = task->count;

		/* It may remove itself, and its descriptors with it. */
		for (size_t i = 0; i < count; i++)
			loop->fds[i] = task->wishes[i].fd;
		set_state(task, TASK_CHANGED);
		task->serve(task, loop->fds, count);
	}
}

bool
loop_run(struct loop *loop, struct error *err)
{
	const struct deadline *due;
	struct task *first;
	int timeout;

	/* It may have been stopped before these were served. */
	while ((first = TAILQ_FIRST(&loop->tasks[TASK_READY])) != NULL)
		set_state(first, TASK_CHANGED);
	while (!loop->stopped && loop->count > 0) {
		if (!ask_changed(loop) || !tell_poller(loop))
			return error_errno(err, FAULT_LOCAL, "memory");
#ifdef LOOP_CHECK
		check_resting(loop);
#endif
		due = deadlines_first(&loop->deadlines);
		timeout = clock_timeout(clock_now(), due != NULL ? due->at : CLOCK_NEVER);
		if (!poller_wait(&loop->poller, timeout, descriptor_ready, loop)) {
			if (errno != EINTR && errno != EAGAIN)
				return error_errno(err, FAULT_LOCAL, "poll");
			continue;
		}
		loop->turns++;
		expire(loop, clock_now());
		dispatch(loop);
	}
	return true;
}
