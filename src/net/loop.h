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

struct loop_interest;

/*
 * The event loop. Everything that waits is a task: its want() computes from its state which
 * descriptors to poll and until when; its serve() runs once one of them is ready or the deadline
 * has passed. The loop calls want() when the task is added, after serve(), and after
 * loop_changed(). In between, the answer of want() must stay the same.
 */
struct task {
	/*
	 * Fills at most room entries of fds, and lowers *deadline to the time at which the task is
	 * to be served in any case (on clock_now's clock). Returns how many entries it needs; if
	 * that is more than room, it is called again with enough.
	 */
	size_t (*want)(struct task *, struct pollfd *fds, size_t room, int64_t *deadline);
	/* fds: those of want(), with revents; all of these are 0 if only the deadline has passed.
	 */
	void (*serve)(struct task *, const struct pollfd *fds, size_t count);
	/* The rest is private to the loop. */
	struct loop *loop; /* NULL: not added to a loop */
	enum task_state { TASK_RESTING, TASK_CHANGED, TASK_READY, TASK_STATES } state;
	TAILQ_ENTRY(task) link;          /* in the loop's list for that state */
	struct deadline due;             /* the last answer of want(): the deadline, */
	struct loop_interest *interests; /* and the descriptors */
	size_t count, interests_room;
	bool fds_reused; /* register all descriptors anew: see loop_fds_reused */
};

struct loop {
	TAILQ_HEAD(tasks, task) tasks[TASK_STATES];
	struct deadlines deadlines;
	size_t count;                        /* of tasks */
	struct loop_descriptor *descriptors; /* by number */
	size_t descriptors_room;
	int changed; /* first of the list of descriptors whose interests have changed; -1: none */
	struct poller poller;
	struct pollfd *fds; /* scratch space for calls of want and serve */
	size_t fds_room;
	bool stopped;
	uint64_t turns;                 /* how many times the loop has polled */
	void (*interrupted)(void *arg); /* see loop_on_interrupt; NULL: nothing is called */
	void *interrupted_arg;
};

void loop_init(struct loop *);
void loop_free(struct loop *);

/*
 * Adds a task, which stays the caller's. It may be removed at any time, even by its own serve().
 * False with FAULT_LOCAL when memory is short.
 */
bool loop_add(struct loop *, struct task *, struct error *);

/*
 * To be called before the task's descriptors are closed. Does nothing if the task is in no loop, or
 * zeroed.
 */
void loop_remove(struct loop *, struct task *);

/*
 * To be called when something other than the task's own serve() has changed what want() returns:
 * the loop calls want() again before it polls. Does nothing if the task is in no loop, or zeroed.
 */
void loop_changed(struct task *);

/*
 * To be called by a task that has closed descriptors and opened others: a new one may have the
 * number of an old one, so that the loop would not notice.
 */
void loop_fds_reused(struct task *);

/*
 * Serves the tasks until loop_stop, or until there are none. False with FAULT_LOCAL when polling
 * fails or memory is short.
 */
bool loop_run(struct loop *, struct error *);
void loop_stop(struct loop *);

/* From now on the loop calls this after poller_interrupt, as soon as it would wait. */
void loop_on_interrupt(struct loop *, void (*interrupted)(void *arg), void *arg);

/* Lets a stopped loop run again. */
void loop_resume(struct loop *);

#endif
