#ifndef NET_SIGNALS_H
#define NET_SIGNALS_H

#include "net/loop.h"

/* Called once, at start: as PID 1, too, strait is to end by the signals that end others. */
void signals_begin(void);

/* SIGINT, SIGTERM and all others that end a program, and SIGCHLD where somebody wants it, as events
 * of the loop. */
struct signals {
	struct task task;
	struct loop *loop; /* NULL: nothing is caught */
	int in;
	int caught; /* the terminating signal that came first, 0 as long as there was none */
	void (*child)(void *arg);
	void *arg;
};

/*
 * From now on a terminating signal stops the loop and is found in caught, instead of killing.
 * Those that were ignored at start (nohup) stay ignored. There can be one of these at a time; it
 * begins as zeroes, and asking twice is harmless.
 */
bool signals_catch(struct signals *, struct loop *, struct error *);

/* From now on child is called, from the loop, when children have ended. Signals are caught. */
void signals_children(struct signals *, void (*child)(void *arg), void *arg);

/*
 * Ends the catching. If a signal was caught, dies of it, so that the shell sees it, or, as PID 1,
 * exits with 128 and its number: call this when all that is to be removed has been.
 */
void signals_release(struct signals *);

#endif
