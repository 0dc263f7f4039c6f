#ifndef MODE_SLOTS_H
#define MODE_SLOTS_H

#include "service/service.h"

/*
 * Counts a server's clients against --max-conns. Idle clients, which have finished and have nothing
 * to be sent now, do not count: a TCP client that has closed its socket looks like one that has
 * only half-closed until something is sent to it, or keepalive finds out after a minute. When room
 * is needed, the client that finished longest ago is dropped.
 */
struct slots {
	size_t most; /* active clients at once */
	size_t active, idle, leaving;
	TAILQ_HEAD(idle_clients, client) queue; /* of idle clients, the longest idle first */
	int64_t full_since;                     /* 0: there is room */
};

void slots_open(struct slots *, size_t most);

/*
 * Adds a client as an active one, for which an idle one may be dropped; changes its state; removes
 * it.
 */
void slots_take(struct slots *, struct client *);
void slots_change(struct slots *, struct client *, enum client_state);
void slots_free(struct slots *, struct client *);

/* Ends a client with this error. It counts as leaving until slots_free, which may be called at
 * once. */
void slots_drop(struct slots *, struct client *, const struct error *);

/*
 * Drops the client that finished longest ago, among those that had a moment to be answered and have
 * acknowledged all. False: there is none.
 */
bool slots_make_room(struct slots *);

/* Whether there are idle clients, so that it may succeed in a moment. */
bool slots_have_idle(const struct slots *);

/*
 * Whether there is no room for another client. Sets *wait if it should wait in the listener's queue
 * for now rather than be rejected, since clients of a burst may soon be gone.
 */
bool slots_full(struct slots *, bool *wait);

#endif
