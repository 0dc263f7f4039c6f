#ifndef NET_TIMER_H
#define NET_TIMER_H

#include "net/loop.h"

/* Calls a function once, at a given time. */
struct timer {
	struct task task;
	struct loop *loop;
	int64_t at;
	void (*fire)(void *arg);
	void *arg;
};

/* The loop calls fire once, when the clock (base/clock.h) has reached at. */
bool timer_start(
    struct timer *, struct loop *, int64_t at, void (*fire)(void *arg), void *arg, struct error *);

/* Cancels the timer. Does nothing if it has fired, or is zeroed. */
void timer_stop(struct timer *);

#endif
