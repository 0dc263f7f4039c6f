#ifndef NET_SIGNALS_H
#define NET_SIGNALS_H

#include "net/loop.h"

/* SIGINT, SIGTERM and SIGHUP as events of the loop. */
struct signals {
	struct task task;
	struct loop *loop;
	int in;
	int caught; /* the signal that came, 0 as long as there was none */
};

/*
 * From now on a terminating signal stops the loop and is found in caught, instead of killing.
 * Those that were ignored at start (nohup) stay ignored. There can be one of these at a time.
 */
bool signals_catch(struct signals *, struct loop *, struct error *);

/*
 * Ends the catching. If a signal was caught, dies of it, so that the shell sees it: call this when
 * all that is to be removed has been.
 */
void signals_release(struct signals *);

#endif
