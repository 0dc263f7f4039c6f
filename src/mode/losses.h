#ifndef MODE_LOSSES_H
#define MODE_LOSSES_H

#include "net/end.h"
#include "net/loop.h"
#include "pump/lane.h"

/*
 * Tells of messages that were lost since they came too fast, or were left out since they were too
 * long, at most once a second.
 */
struct losses {
	struct task task;
	struct loop *loop; /* NULL: nothing is told */
	const struct end *end;
	const struct lane *lane;
	uint64_t told;     /* of how many, */
	uint64_t left_out; /* and of how many of these */
	uint64_t looked;   /* how many messages the lane had carried when it was last looked */
	int64_t look_at;   /* the earliest time for the next look */
};

/*
 * Looks after an end whose messages the lane carries; both must outlive it. NULL for the end: what
 * came too fast is not told.
 */
bool losses_watch(
    struct losses *, struct loop *, const struct end *, const struct lane *, struct error *);

/* Tells what has not been told yet, and no more. */
void losses_stop(struct losses *);

#endif
