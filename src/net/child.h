#ifndef NET_CHILD_H
#define NET_CHILD_H

#include <bsd/sys/queue.h>
#include <stdbool.h>
#include <sys/types.h>

#include "net/signals.h"

/*
 * A program that runs for somebody, in a session of its own: our terminal is none of its business,
 * and cannot stop it.
 */
struct child {
	pid_t pid; /* 0: it does not run */
	LIST_ENTRY(child) link;
	void (*exited)(void *arg, int status);
	void *arg;
};

/* All that run. */
struct children {
	LIST_HEAD(, child) list;
	struct loop *closing; /* to be stopped when the last one has exited; NULL: not so */
};

/* Looks after children from now on: those that have ended are reaped at once. */
void children_watch(struct children *, struct signals *);

/*
 * Starts a program, looked up in PATH as execvp(3) does: in and out become its standard input and
 * output (and stay the caller's, too), standard error is ours, all other descriptors are closed and
 * no signal is ignored. exited is called once, from the loop, with waitpid(2)'s status; the child
 * must stay where it is until then. False with FAULT_LOCAL.
 */
bool child_start(struct child *, struct children *, char *const argv[], char *const environment[],
    int in, int out, void (*exited)(void *arg, int status), void *arg, struct error *);

/* Lets it run on; nobody is told when it exits. */
void child_forget(struct child *);

/*
 * Sends a signal to the child's whole group, and lets it go on if it is stopped; nothing to one
 * that does not run.
 */
void child_signal(const struct child *, int number);

/*
 * Tells all to hang up, and waits, with the loop, until they have exited; those that take too long
 * are killed. Nobody is told any more when they exit.
 */
void children_close(struct children *, struct loop *);

/* What a shell calls the status: that of exit(3), or 128 and the signal. */
int child_status(int status);

#endif
