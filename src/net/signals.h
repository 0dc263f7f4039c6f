#ifndef NET_SIGNALS_H
#define NET_SIGNALS_H

#include "net/loop.h"

/* To be called once, at start: makes terminating signals work for PID 1, too. */
void signals_begin(void);

/* Signals as events: all that terminate a process, such as SIGTERM, and SIGCHLD if asked for.
 * SIGUSR1 is none of them: see signals_ask. */
struct signals {
	struct task task;
	struct loop *loop; /* NULL: no signal is caught */
	int in;
	int caught; /* the first terminating signal; 0: none so far */
	void (*child)(void *arg);
	void *arg;
	void (*dying)(int number); /* called before strait dies of a signal; may be NULL */
};

/*
 * From now on a terminating signal stops the loop and is stored in caught. Signals that were
 * ignored at start (nohup(1)) stay ignored. There can be only one struct signals at a time. It must
 * be zeroed, apart from dying, before the first call; further calls do nothing.
 */
bool signals_catch(struct signals *, struct loop *, struct error *);

/*
 * From now on asked is called, from the loop, after SIGUSR1 (or SIGINFO, where there is one),
 * unless that was ignored at start. Needs nothing else of this file; the loop must outlive all
 * polling.
 */
void signals_ask(struct loop *, void (*asked)(void *arg), void *arg);

/* From now on child is called, from the loop, after SIGCHLD. signals_catch was called before. */
void signals_children(struct signals *, void (*child)(void *arg), void *arg);

/*
 * Stops catching signals. If one was caught, dies of it, so that the shell sees that, or, as PID 1,
 * exits with 128 plus its number: to be called when all cleaning up is done.
 */
void signals_release(struct signals *);

#endif
