#include "net/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"

/*
 * Theory of operation. The cost of a turn depends on the number of events, not of tasks. A task
 * rests until it becomes ready (one of its descriptors has an event, or its deadline has passed)
 * and is served, or until it is marked as changed. After either, want() is called and the answer
 * compared with the previous one. Only descriptors for which something differs are registered anew
 * with the poller before the next poll. Several tasks may wait for the same descriptor; so each
 * descriptor counts the interests in each event.
 */

/* One task's interest in one descriptor. */
struct loop_interest {
	struct pollfd fd;
	struct task *task;
	struct loop_interest *previous, *next; /* in the same descriptor */
};

struct loop_descriptor {
	struct loop_interest *interests;
	size_t count;     /* of interests */
	size_t counts[3]; /* ... in each of the events below */
	bool changed;     /* in the loop's list of changed descriptors; the next one, -1: none */
	int next_changed;
	bool watched; /* registered with the poller */
};

#ifdef POLLRDHUP
static const short events[3] = {POLLIN, POLLOUT, POLLRDHUP};
#else
static const short events[3] = {POLLIN, POLLOUT};
#endif

/* What poll(2) reports without being asked. */
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

/* An interest in a descriptor is added (step 1) or removed (-1): marks the descriptor as changed.
 */
static void
count_interest(struct loop *loop, const struct pollfd *fd, int step)
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

/* Removes an interest, if it is one. */
static void
drop_interest(struct loop *loop, struct loop_interest *interest)
{
	if (interest->fd.fd == -1)
		return;
	if (interest->previous != NULL)
		interest->previous->next = interest->next;
	else
		loop->descriptors[interest->fd.fd].interests = interest->next;
	if (interest->next != NULL)
		interest->next->previous = interest->previous;
	count_interest(loop, &interest->fd, -1);
	interest->fd.fd = -1;
}

/* Fills an empty interest. False when memory is short. */
static bool
add_interest(struct task *task, struct loop_interest *interest, const struct pollfd *fd)
{
	struct loop *loop = task->loop;
	struct loop_descriptor *d;

	*interest = (struct loop_interest){.fd = {.fd = -1}};
	if (fd->fd < 0)
		return true;
	if (!array_grow(&loop->descriptors, &loop->descriptors_room, (size_t)fd->fd + 1,
		sizeof(*loop->descriptors)))
		return false;
	d = &loop->descriptors[fd->fd];
	*interest = (struct loop_interest){.fd = *fd, .task = task, .next = d->interests};
	if (d->interests != NULL)
		d->interests->previous = interest;
	d->interests = interest;
	count_interest(loop, fd, 1);
	return true;
}

static void
drop_interests(struct task *task)
{
	for (size_t i = 0; i < task->count; i++)
		drop_interest(task->loop, &task->interests[i]);
	task->count = 0;
}

void
loop_remove(struct loop *loop, struct task *task)
{
	if (task->loop == NULL)
		return;
	TAILQ_REMOVE(&loop->tasks[task->state], task, link);
	deadlines_set(&loop->deadlines, &task->due, CLOCK_NEVER);
	drop_interests(task);
	free(task->interests);
	task->interests = NULL;
	task->interests_room = 0;
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
loop_fds_reused(struct task *task)
{
	task->fds_reused = true;
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

void
loop_on_interrupt(struct loop *loop, void (*interrupted)(void *), void *arg)
{
	loop->interrupted = interrupted;
	loop->interrupted_arg = arg;
}

/* Calls want() with loop->fds. Returns how many it filled; SIZE_MAX when memory is short. */
static size_t
query_task(struct loop *loop, struct task *task, int64_t *deadline)
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

/* Makes a task's interests those in loop->fds. False when memory is short. */
static bool
set_interests(struct loop *loop, struct task *task, size_t count)
{
	/* Interests are linked into lists, and must not be moved. */
	if (task->fds_reused || count > task->interests_room)
		drop_interests(task);
	task->fds_reused = false;
	if (!array_grow(&task->interests, &task->interests_room, count, sizeof(*task->interests)))
		return false;
	for (; task->count > count; task->count--)
		drop_interest(loop, &task->interests[task->count - 1]);
	for (; task->count < count; task->count++)
		task->interests[task->count].fd.fd = -1;
	for (size_t i = 0; i < count; i++) {
		if (is_same(&task->interests[i].fd, &loop->fds[i]))
			continue;
		drop_interest(loop, &task->interests[i]);
		if (!add_interest(task, &task->interests[i], &loop->fds[i]))
			return false;
	}
	return true;
}

/* Calls want() of the tasks that have changed. False when memory is short. */
static bool
query_changed(struct loop *loop)
{
	struct task *task;
	int64_t deadline;
	size_t count;

	while ((task = TAILQ_FIRST(&loop->tasks[TASK_CHANGED])) != NULL) {
		count = query_task(loop, task, &deadline);
		if (count == SIZE_MAX || !set_interests(loop, task, count))
			return false;
		deadlines_set(&loop->deadlines, &task->due, deadline);
		set_state(task, TASK_RESTING);
	}
	return true;
}

/*
 * Registers the changed descriptors with the poller, even if the events are the same as before: the
 * number may belong to a new descriptor. False when memory is short.
 */
static bool
update_poller(struct loop *loop)
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
/* Aborts if a resting task would answer otherwise than before: a call of loop_changed is missing.
 */
static void
check_resting(struct loop *loop)
{
	struct task *task;
	int64_t deadline;

	TAILQ_FOREACH(task, &loop->tasks[TASK_RESTING], link) {
		if (task->due.at <= clock_now())
			continue;
		if (query_task(loop, task, &deadline) != task->count || deadline < task->due.at)
			abort();
		for (size_t i = 0; i < task->count; i++)
			if (!is_same(&task->interests[i].fd, &loop->fds[i]))
				abort();
	}
}
#endif

/* Puts a task into the list of those to be served, with no events so far. */
static void
make_ready(struct task *task)
{
	if (task->state == TASK_READY)
		return;
	for (size_t i = 0; i < task->count; i++)
		task->interests[i].fd.revents = 0;
	set_state(task, TASK_READY);
}

static void
descriptor_ready(void *arg, int fd, short events_of_fd)
{
	struct loop *loop = arg;

	for (struct loop_interest *w = loop->descriptors[fd].interests; w != NULL; w = w->next) {
		const short revents = (short)(events_of_fd & (w->fd.events | ALWAYS));

		if (revents == 0)
			continue;
		make_ready(w->task);
		w->fd.revents = revents;
	}
}

/* Makes the tasks ready whose deadline has passed. */
static void
expire(struct loop *loop, int64_t now)
{
	struct deadline *due;

	while ((due = deadlines_first(&loop->deadlines)) != NULL && due->at <= now) {
		deadlines_set(&loop->deadlines, due, CLOCK_NEVER);
		make_ready((struct task *)(void *)((char *)due - offsetof(struct task, due)));
	}
}

/* Serves the ready tasks. Tasks that they add wait for the next turn. */
static void
dispatch(struct loop *loop)
{
	struct task *task;

	while (!loop->stopped && (task = TAILQ_FIRST(&loop->tasks[TASK_READY])) != NULL) {
		const size_t count = task->count;

		/* A copy: the task may remove itself, which frees its interests. */
		for (size_t i = 0; i < count; i++)
			loop->fds[i] = task->interests[i].fd;
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

	/* The loop may have been stopped before these were served. */
	while ((first = TAILQ_FIRST(&loop->tasks[TASK_READY])) != NULL)
		set_state(first, TASK_CHANGED);
	while (!loop->stopped && loop->count > 0) {
		if (!query_changed(loop) || !update_poller(loop))
			return error_errno(err, FAULT_LOCAL, "memory");
#ifdef LOOP_CHECK
		check_resting(loop);
#endif
		due = deadlines_first(&loop->deadlines);
		timeout = clock_timeout(clock_now(), due != NULL ? due->at : CLOCK_NEVER);
		if (poller_wait(&loop->poller, timeout, descriptor_ready, loop)) {
			loop->turns++;
			expire(loop, clock_now());
			dispatch(loop);
		} else if (errno != EINTR && errno != EAGAIN) {
			return error_errno(err, FAULT_LOCAL, "poll");
		}
		if (!loop->stopped && poller_interrupted() && loop->interrupted != NULL)
			loop->interrupted(loop->interrupted_arg);
	}
	return true;
}
