#include "net/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

void
loop_init(struct loop *loop)
{
	memset(loop, 0, sizeof(*loop));
}

void
loop_free(struct loop *loop)
{
	free(loop->slots);
	free(loop->fds);
	free(loop->polled);
	free(loop->places);
	loop_init(loop);
}

/* Makes an array hold at least need elements. Returns the array, or NULL with errno. */
static void *
grown(void *array, size_t *room, size_t need, size_t size)
{
	size_t more = *room > 0 ? *room : 8;
	void *bigger;

	while (more < need)
		more *= 2;
	bigger = reallocarray(array, more, size);
	if (bigger != NULL)
		*room = more;
	return bigger;
}

bool
loop_add(struct loop *loop, struct task *task, struct error *err)
{
	if (loop->count == loop->slots_room) {
		struct loop_slot *slots =
		    grown(loop->slots, &loop->slots_room, loop->count + 1, sizeof(*slots));

		if (slots == NULL)
			return error_errno(err, FAULT_LOCAL, "memory");
		loop->slots = slots;
	}
	task->slot = loop->count;
	loop->slots[loop->count++] = (struct loop_slot){.task = task};
	return true;
}

void
loop_remove(struct loop *loop, struct task *task)
{
	/* A task that was never added, or was removed before, is not in its slot. */
	if (task->slot < loop->count && loop->slots[task->slot].task == task)
		loop->slots[task->slot].task = NULL;
}

void
loop_changed(struct task *task)
{
	/* Every task is asked before every poll. */
	(void)task;
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

/* Closes the gaps that removed tasks have left. */
static void
compact(struct loop *loop)
{
	size_t kept = 0;

	for (size_t i = 0; i < loop->count; i++) {
		if (loop->slots[i].task == NULL)
			continue;
		loop->slots[i].task->slot = kept;
		loop->slots[kept++] = loop->slots[i];
	}
	loop->count = kept;
}

/* Makes room for the place of a descriptor. */
static bool
has_place(struct loop *loop, size_t fd)
{
	const size_t before = loop->places_room;
	size_t *places;

	if (fd < before)
		return true;
	places = grown(loop->places, &loop->places_room, fd + 1, sizeof(*places));
	if (places == NULL)
		return false;
	loop->places = places;
	memset(places + before, 0, (loop->places_room - before) * sizeof(*places));
	return true;
}

/* Asks every task what it waits for. Sets *used and *deadline. False when memory is short. */
static bool
gather(struct loop *loop, size_t *used, int64_t *deadline)
{
	size_t total = 0;

	*deadline = CLOCK_NEVER;
	for (size_t i = 0; i < loop->count;) {
		struct loop_slot *slot = &loop->slots[i];
		const size_t room = loop->fds_room - total;

		slot->first = total;
		slot->deadline = CLOCK_NEVER;
		slot->count =
		    slot->task->want(slot->task, loop->fds + total, room, &slot->deadline);
		if (slot->count > room) {
			struct pollfd *fds =
			    grown(loop->fds, &loop->fds_room, total + slot->count, sizeof(*fds));

			if (fds == NULL)
				return false;
			loop->fds = fds;
			continue;
		}
		total += slot->count;
		*deadline = clock_min(*deadline, slot->deadline);
		i++;
	}
	*used = total;
	return true;
}

/*
 * Puts together what is asked of each descriptor: poll(2) takes no more entries than there may be
 * descriptors. *count is how many there are. False when memory is short.
 */
static bool
merge(struct loop *loop, size_t used, size_t *count)
{
	struct pollfd *polled = loop->polled;

	*count = 0;
	if (used > loop->polled_room &&
	    (polled = grown(loop->polled, &loop->polled_room, used, sizeof(*polled))) == NULL)
		return false;
	loop->polled = polled;
	for (size_t i = 0; i < used; i++) {
		const struct pollfd *fd = &loop->fds[i];
		size_t *place;

		if (fd->fd < 0)
			continue;
		if (!has_place(loop, (size_t)fd->fd))
			return false;
		/* What stands there may be of long ago. */
		place = &loop->places[fd->fd];
		if (*place >= *count || polled[*place].fd != fd->fd) {
			*place = (*count)++;
			polled[*place] = (struct pollfd){.fd = fd->fd};
		}
		polled[*place].events |= fd->events;
	}
	return true;
}

/* Tells the tasks' entries what poll has told of their descriptors. */
static void
distribute(struct loop *loop, size_t used)
{
	for (size_t i = 0; i < used; i++) {
		struct pollfd *fd = &loop->fds[i];

		fd->revents = 0;
		if (fd->fd >= 0)
			fd->revents = loop->polled[loop->places[fd->fd]].revents &
				      (fd->events | POLLERR | POLLHUP | POLLNVAL);
	}
}

static bool
has_event(const struct pollfd *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i].revents != 0)
			return true;
	return false;
}

/* Serves those for whom something has come. Tasks added meanwhile wait for the next turn. */
static void
dispatch(struct loop *loop, int64_t now)
{
	const size_t count = loop->count;

	for (size_t i = 0; i < count && !loop->stopped; i++) {
		const struct loop_slot slot = loop->slots[i];
		const struct pollfd *fds = loop->fds + slot.first;

		if (slot.task != NULL && (slot.deadline <= now || has_event(fds, slot.count)))
			slot.task->serve(slot.task, fds, slot.count);
	}
}

bool
loop_run(struct loop *loop, struct error *err)
{
	int64_t deadline, now;
	size_t used, count;

	while (!loop->stopped) {
		compact(loop);
		if (loop->count == 0)
			break;
		if (!gather(loop, &used, &deadline) || !merge(loop, used, &count))
			return error_errno(err, FAULT_LOCAL, "memory");
		now = clock_now();
		if ((count > 0 || deadline > now) &&
		    poll(loop->polled, count, clock_timeout(now, deadline)) == -1) {
			if (errno != EINTR && errno != EAGAIN)
				return error_errno(err, FAULT_LOCAL, "poll");
			continue;
		}
		loop->turns++;
		distribute(loop, used);
		dispatch(loop, clock_now());
	}
	return true;
}
