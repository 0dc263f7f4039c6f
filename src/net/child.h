#ifndef NET_CHILD_H
#define NET_CHILD_H

#include <bsd/sys/queue.h>
#include <stdbool.h>
#include <sys/types.h>

#include "net/signals.h"

/*
 * A program that strait runs, in a session of its own (setsid(2)): it has no access to strait's
 * terminal, and job control cannot stop it.
 */
struct child {
	pid_t pid; /* 0: not running */
	LIST_ENTRY(child) link;
	void (*exited)(void *arg, int status);
	void *arg;
};

/* All programs that are running. */
struct children {
	LIST_HEAD(, child) list;
	struct loop *closing; /* children_close waits in this loop; NULL: it was not called */
};

/* From now on children are reaped as soon as they exit. */
void children_watch(struct children *, struct signals *);

/*
 * Starts a program, looked up in PATH as execvp(3) does. It gets duplicates of in and out as its
 * standard input and output, and strait's standard error; all other descriptors are closed, and all
 * signals have their default action. exited is called once, from the loop, with waitpid(2)'s
 * status; the struct must not move until then. False with FAULT_LOCAL.
 */
bool child_start(struct child *, struct children *, char *const argv[], char *const environment[],
    int in, int out, void (*exited)(void *arg, int status), void *arg, struct error *);

/* Leaves a program running; exited will not be called. */
void child_forget(struct child *);

/*
 * Sends a signal to the child's process group, then SIGCONT, so that a stopped one sees it. Does
 * nothing if the child is not running.
 */
void child_signal(const struct child *, int number);

/*
 * Sends SIGHUP to all children and runs the loop until they have exited; after two seconds they are
 * killed. exited is not called any more.
 */
void children_close(struct children *, struct loop *);

/* waitpid(2)'s status as a shell reports it: exit(3)'s, or 128 plus the signal's number. */
int child_status(int status);

#endif
