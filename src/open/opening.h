#ifndef OPEN_OPENING_H
#define OPEN_OPENING_H

#include "open/handshake.h"
#include "open/race.h"
#include "open/retry.h"
#include "open/target.h"

/*
 * What leads to a connection that is ready: the look-up, the race, and the layers, under one
 * deadline. Of several ports one comes after the other, and those that nobody answers at are passed
 * over. Where everything has failed it begins anew, as long as it is retried.
 */

struct opening_rules {
	struct retry_rules retry;
	int64_t pause; /* between ports: nanoseconds */
	bool random;   /* ports come in random order */
	bool patient;  /* a lack of descriptors passes: others have them, and will go */
};

struct opening;

/* What an opening calls, with arg. */
struct opening_calls {
	/*
	 * The connection is ready; or NULL and an error; or NULL and FAULT_NONE: no port is left.
	 * The opening may be stopped, and be gone, when this returns.
	 */
	void (*done)(void *arg, struct connection *, const struct error *);
	/* Everything has failed, and is tried again; only if the cause has changed. May be NULL. */
	void (*again)(void *arg, const struct error *cause);
	/*
	 * Attempts at a port that have failed: if lost, nobody answered at the port. Returns
	 * whether it was reported, so that done's error has nothing to add. May be NULL.
	 */
	bool (*missed)(
	    void *arg, const char *name, const struct attempt *, size_t count, bool lost);
	/* Whether something can be sent with the first packet. */
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
	struct timer timer; /* until the next port, or a new beginning */
	struct connection *connection;
	struct ports *left;          /* of several, those to come; NULL: there is one only */
	uint16_t port;               /* the one that is tried */
	int64_t deadline;            /* for reaching it */
	char name[DESTINATION_NAME]; /* of the peer */
	bool starting;               /* opening_start has not returned yet; */
	bool failed;                 /* nor will anything come of it */
	bool connected;              /* with one of the ports at least */
	bool reported;               /* what done's error says has been reported by missed */
	struct error cause;          /* why the first port was not reached; FAULT_NONE: it was */
	const struct opening_calls *calls;
	void *arg;
};

/*
 * Begins; calls->done is called from the loop. The connection is filled with what is opened, and
 * the caller's from then on, as is the name of our own unix socket. Signals are caught once there
 * is one. False with err; it is to be stopped then, too.
 */
bool opening_start(struct opening *, struct loop *, const struct destination *,
    const struct opening_rules *, struct connection *, struct local_name *name, struct signals *,
    const struct opening_calls *, void *arg, struct error *err);

/* The conversation is over: goes on with the next port. calls->done is called again, or at once. */
void opening_next(struct opening *);

/*
 * A refusal of datagrams comes late. From now on the connection moves on to the name's next address
 * when nobody is at this one. The opening must outlive it.
 */
void opening_move_on(struct opening *);

/* Gives up all but a connection that is ready. Of zeroes it does nothing. */
void opening_stop(struct opening *);

/*
 * The other side's part: the layers of a connection that was accepted, within wait (negative: as
 * long as a handshake usually takes). See handshake_start.
 */
bool opening_accept(struct handshake *, struct loop *, struct connection *,
    const struct layer *const *layers, int64_t wait, void (*done)(void *arg, const struct error *),
    void *arg, struct error *err);

#endif
