#ifndef SERVICE_PEER_WATCH_H
#define SERVICE_PEER_WATCH_H

#include "service/service.h"

/* Looks after a client from whose connection nothing is read for now, and tells when it idles. */
struct peer_watch {
	struct task task;
	struct client *client; /* NULL: it is not watched */
	bool finished;         /* the peer has, at least */
	/* The peer has gone, or has broken off. It is not watched any more. */
	void (*gone)(struct client *, bool broken);
};

bool peer_watch_start(struct peer_watch *, struct client *,
    void (*gone)(struct client *, bool broken), struct error *);

/* Of zeroes it does nothing. */
void peer_watch_stop(struct peer_watch *);

#endif
