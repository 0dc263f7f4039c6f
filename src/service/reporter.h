#ifndef SERVICE_REPORTER_H
#define SERVICE_REPORTER_H

#include "base/event.h"
#include "net/loop.h"
#include "pump/pump.h"

/*
 * Tells of what goes on in a conversation without ending it: messages that are lost since they
 * came too fast, or left out since they were too long, at most once a second; and, once, that only
 * standard input is waited for, which has said nothing so far.
 */
struct reporter {
	struct task task;
	struct loop *loop; /* NULL: nothing is told any more */
	const struct pump *pump;
	struct observer *observer;
	bool reminded;
	uint64_t lost, left_out; /* of how many that was told */
	uint64_t checked;         /* how many messages had come at the last look */
	int64_t next_check;         /* the earliest time for the next look */
};

/* The pump must outlive it. */
bool reporter_start(
    struct reporter *, struct loop *, const struct pump *, struct observer *, struct error *);

/* Tells what has not been told yet, and no more. Of zeroes it does nothing. */
void reporter_stop(struct reporter *);

#endif
