#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <bsd/sys/queue.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/deadlines.h"
#include "base/error.h"
#include "net/poller.h"

struct loop_wish;

/*
 * Whatever waits for something is a task: it says what it waits for, computed from its state, and
 * is served when that has come. It is asked when it is added, after it was served, and after
 * loop_changed: what it says must not change otherwise, except at its deadline.
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
	/* The rest is the loop's own. */
	struct loop *loop; /* NULL: the task is in none */
	enum task_state { TASK_RESTING, TASK_CHANGED, TASK_READY, TASK_STATES } state;
	TAILQ_ENTRY(task) link;    /* with others in that state */
	struct deadline due;       /* what it has said last, */
	struct loop_wish *wishes;  /* also of descriptors */
	size_t count, wishes_room; /* of them */
	bool renewed;              /* all of them are to be taken for new ones */
};

struct loop {
	TAILQ_HEAD(tasks, task) tasks[TASK_STATES];
	struct deadlines deadlines;
	size_t count; /* of tasks */
	struct loop_descriptor *descriptors;
	size_t descriptors_room;
	int changed; /* the first of the descriptors that are wanted otherwise than before */
	struct poller poller;
	struct pollfd *fds; /* what a task says, and is told */
	size_t fds_room;
	bool stopped;
	uint64_t turns; /* how often poll has been asked */
};

void loop_init(struct loop *);
void loop_free(struct loop *);

/* Adds a task; the loop does not own it. It may be removed at any time, also while it is served. */
bool loop_add(struct loop *, struct task *, struct error *);

/* Harmless for a task that is in no loop, and of zeroes. Before its descriptors are closed. */
void loop_remove(struct loop *, struct task *);

/*
 * To be called when something other than the task's own serve has changed what it would want: it is
 * asked again before the next poll. Harmless for a task that is in no loop, and of zeroes.
 */
void loop_changed(struct task *);

/*
 * To be called by a task that has closed descriptors and opened others, which may have the same
 * numbers and be wanted in the same way.
 */
void loop_renewed(struct task *);

/* Serves the tasks until loop_stop, or until there are none. False when poll itself failed. */
bool loop_run(struct loop *, struct error *);
void loop_stop(struct loop *);

/* It may run again. */
void loop_resume(struct loop *);

#endif
