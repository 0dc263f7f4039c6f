#ifndef SERVICE_PEER_WATCH_H
#define SERVICE_PEER_WATCH_H

#include "service/service.h"

/* Watches a connection that is not read, and reports when the peer finishes or goes. */
struct peer_watch {
	struct task task;
	struct client *client; /* NULL: not watching */
	bool finished;         /* the peer has half-closed or gone */
	/* The peer has gone, or (broken) the connection has failed. The watch has stopped. */
	void (*gone)(struct client *, bool broken);
};

bool peer_watch_start(struct peer_watch *, struct client *,
    void (*gone)(struct client *, bool broken), struct error *);

/* Does nothing if zeroed. */
void peer_watch_stop(struct peer_watch *);

#endif
