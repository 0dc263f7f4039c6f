#ifndef NET_TIMER_H
#define NET_TIMER_H

#include "net/loop.h"

/* Calls somebody once, at a time. */
struct timer {
	struct task task;
	struct loop *loop;
	int64_t at;
	void (*fire)(void *arg);
	void *arg;
};

/* fire is called once from the loop when the clock has reached at. */
bool timer_start(
    struct timer *, struct loop *, int64_t at, void (*fire)(void *arg), void *arg, struct error *);

/* Ends it before its time. Harmless after that, and of zeroes. */
void timer_stop(struct timer *);

#endif
