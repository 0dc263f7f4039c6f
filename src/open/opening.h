#ifndef OPEN_OPENING_H
#define OPEN_OPENING_H

#include "open/handshake.h"
#include "open/race.h"
#include "open/retry.h"
#include "open/target.h"

/*
 * From a destination to a connection that is ready: look-up, race and layers, under one deadline.
 * Several ports are tried one after the other; those that refuse are skipped. If everything has
 * failed it starts again, as the retry rules say.
 */

struct opening_rules {
	struct retry_rules retry;
	int64_t pause; /* between ports, in nanoseconds */
	bool random;   /* ports are tried in random order */
	bool
	    wait_for_descriptors; /* waits when there are no descriptors: others will free theirs */
};

struct opening;

/* What an opening calls, with arg. */
struct opening_calls {
	/*
	 * The connection is ready; or NULL and an error; or NULL and FAULT_NONE: no port is left.
	 * The callee may stop and free the opening.
	 */
	void (*done)(void *arg, struct connection *, const struct error *);
	/* Everything has failed and is tried again; only if the cause has changed. May be NULL. */
	void (*again)(void *arg, const struct error *cause);
	/* Whether data waits to be sent with the first packet. */
	bool (*data_waits)(void *arg);
};

struct opening {
	struct loop *loop;
	const struct destination *to;
	struct opening_rules rules;
	struct target target;
	struct race race;
	struct handshake handshake;
	struct retry retry;
	struct timer timer; /* until the next port or the next try */
	struct connection *connection;
	struct ports *ports_left; /* ports still to be tried; NULL: there is only one */
	uint16_t port;            /* the port being tried */
	int64_t deadline;         /* for connecting to it */
	int64_t race_began_at;
	/* In nanoseconds; -1: nothing was looked up, or there is no connection. */
	int64_t looked_up_in, connected_in; /* the latter for one port, and without the layers */
	char name[DESTINATION_NAME];        /* of the peer, with the port */
	bool starting;                      /* opening_start has not returned yet */
	bool failed;                        /* ... and will return false */
	bool connected;                     /* to one of the ports at least */
	bool reported; /* with -v, attempts that have failed were reported: the error need not be */
	struct error cause; /* of the first port that failed; FAULT_NONE: none did */
	const struct opening_calls *calls;
	void *arg;
};

/*
 * Starts. The result comes through calls->done, from the loop. The connection and the name of our
 * own unix socket are filled in, and are the caller's. Signals are caught once there is such a
 * name. False with err; opening_stop is needed then, too.
 */
bool opening_start(struct opening *, struct loop *, const struct destination *,
    const struct opening_rules *, struct connection *, struct local_name *name, struct signals *,
    const struct opening_calls *, void *arg, struct error *err);

/* The conversation has ended: continues with the next port. May call calls->done at once. */
void opening_next(struct opening *);

/*
 * With datagrams a refusal arrives only after something was sent. From now on the connection moves
 * to the next address of the name when it is refused. The opening must outlive the connection.
 */
void opening_move_on(struct opening *);

/* Stops, and frees everything but a connection that is ready. Does nothing if zeroed. */
void opening_stop(struct opening *);

/*
 * The same for an accepted connection: runs its layers, within wait (negative: the usual limit of a
 * handshake). See handshake_start.
 */
bool opening_accept(struct handshake *, struct loop *, struct connection *,
    const struct layer *const *layers, int64_t wait, void (*done)(void *arg, const struct error *),
    void *arg, struct error *err);

#endif
