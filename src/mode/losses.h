#ifndef MODE_LOSSES_H
#define MODE_LOSSES_H

#include "net/datagram.h"
#include "net/loop.h"
#include "pump/lane.h"

/* Tells of datagrams that came while the receive buffer was full, at most once a second. */
struct losses {
	struct task task;
	const struct datagram *datagram;
	const struct lane *lane;
	uint64_t told;   /* of how many */
	uint64_t looked; /* how many messages the lane had carried when it was last looked */
	int64_t look_at; /* the earliest time for the next look */
};

/* Looks after a datagram end whose messages the lane carries; both must outlive the task. */
bool losses_watch(
    struct losses *, struct loop *, const struct datagram *, const struct lane *, struct error *);

/* Tells what has not been told yet. */
void losses_tell(struct losses *);

#endif
