#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * The one poll. Whatever waits for something is a task: it says what it waits for, computed anew
 * from its state before each poll, and is served when that has come.
 */
struct task {
	/*
	 * Fills fds, of which there are room, and lowers *deadline to the time at which it is to be
	 * served even so (clock_now's clock). Returns how many fds it has: when that is more than
	 * room, it is called again with enough.
	 */
	size_t (*want)(struct task *, struct pollfd *fds, size_t room, int64_t *deadline);
	/* Its fds after a poll in which one of them had an event, or whose time was its deadline.
	 */
	void (*serve)(struct task *, const struct pollfd *fds, size_t count);
	size_t slot; /* the loop's own */
};

struct loop_slot {
	struct task *task; /* NULL: removed */
	size_t first, count;
	int64_t deadline;
};

struct loop {
	struct loop_slot *slots;
	size_t count, slots_room;
	struct pollfd *fds; /* what the tasks want, */
	size_t fds_room;
	struct pollfd *polled; /* and what poll(2) is asked: each descriptor once, */
	size_t polled_room;
	size_t *places; /* by descriptor: where it is in there */
	size_t places_room;
	bool stopped;
	uint64_t turns; /* how often poll has been asked */
};

void loop_init(struct loop *);
void loop_free(struct loop *);

/* Adds a task; the loop does not own it. It may be removed at any time, also while it is served. */
bool loop_add(struct loop *, struct task *, struct error *);
void loop_remove(struct loop *, struct task *);

/*
 * To be called when something other than the task's own serve has changed what it would want: it is
 * asked again before the next poll. Harmless for a task that is in no loop, and of zeroes.
 */
void loop_changed(struct task *);

/* Serves the tasks until loop_stop, or until there are none. False when poll itself failed. */
bool loop_run(struct loop *, struct error *);
void loop_stop(struct loop *);

/* It may run again. */
void loop_resume(struct loop *);

#endif
