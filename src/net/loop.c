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
	size_t used;

	while (!loop->stopped) {
		compact(loop);
		if (loop->count == 0)
			break;
		if (!gather(loop, &used, &deadline))
			return error_errno(err, FAULT_LOCAL, "memory");
		now = clock_now();
		if ((used > 0 || deadline > now) &&
		    poll(loop->fds, used, clock_timeout(now, deadline)) == -1) {
			if (errno != EINTR && errno != EAGAIN)
				return error_errno(err, FAULT_LOCAL, "poll");
			continue;
		}
		dispatch(loop, clock_now());
	}
	return true;
}
