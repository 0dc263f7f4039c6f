#ifndef MODE_SLOTS_H
#define MODE_SLOTS_H

#include "service/service.h"

/*
 * How many clients a server has, and whether there is room for another one. Those that have
 * finished, and for which there is nothing now, do not count: a TCP client that has closed entirely
 * looks like one that has only half-closed until something is sent to it, or for a minute. Where
 * room is wanted the one that finished longest ago is dropped.
 */
struct slots {
	size_t most; /* clients at once */
	size_t active, idle, leaving;
	TAILQ_HEAD(idle_clients, client) queue; /* the idle ones, the oldest first */
	int64_t full_since;                     /* 0: there is room */
};

void slots_open(struct slots *, size_t most);

/*
 * A client comes, as an active one, for which another one may have to go; changes its state; has
 * gone.
 */
void slots_take(struct slots *, struct client *);
void slots_change(struct slots *, struct client *, enum client_state);
void slots_free(struct slots *, struct client *);

/* Ends a client for this reason. It counts as leaving until it has gone, which may be at once. */
void slots_drop(struct slots *, struct client *, const struct error *);

/*
 * Drops the client that finished longest ago, if it had a moment to be answered, and all that was
 * for it is acknowledged. False: there is none.
 */
bool slots_make_room(struct slots *);

/* Whether there may be one in a moment. */
bool slots_have_idle(const struct slots *);

/*
 * Whether there is no room, and one more is to be refused. Sets *wait if it should rather be left
 * waiting a little: clients that come in a burst may be gone in a moment.
 */
bool slots_full(struct slots *, bool *wait);

#endif
