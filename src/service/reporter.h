#ifndef SERVICE_REPORTER_H
#define SERVICE_REPORTER_H

#include "base/event.h"
#include "net/loop.h"
#include "pump/pump.h"

/*
 * Reports events during a conversation: at most once a second, messages that were lost because they
 * came too fast, or skipped because they were too long; and once, that strait is only waiting for
 * standard input.
 */
struct reporter {
	struct task task;
	struct loop *loop; /* NULL: not started, or stopped */
	const struct pump *pump;
	struct observer *observer;
	bool reminded;
	uint64_t lost, left_out; /* counts reported last */
	uint64_t checked;        /* messages received at the last check */
	int64_t next_check;      /* earliest time of the next check */
};

/* The pump must outlive it. */
bool reporter_start(
    struct reporter *, struct loop *, const struct pump *, struct observer *, struct error *);

/* Reports what has not been reported yet, and stops. Does nothing if zeroed. */
void reporter_stop(struct reporter *);

#endif
