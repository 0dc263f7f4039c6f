#ifndef OPEN_TARGET_H
#define OPEN_TARGET_H

#include "net/loop.h"
#include "net/signals.h"
#include "open/attempt.h"
#include "open/destination.h"
#include "open/resolve.h"

/* The addresses of a destination, and how sockets that connect to it are made. */
struct target {
	const struct destination *to;
	struct loop *loop;
	struct resolver resolver;
	struct settings settings;
	struct local_name *name; /* our own unix socket */
	struct attempt_params params;
	struct addresses found;
	int64_t deadline;
	int64_t began_at; /* when the look-up began, */
	uint64_t turn;    /* and in which turn of the loop */
	/* How long it took, in nanoseconds; -1: nothing was to be looked up, or not yet. */
	int64_t looked_up_in;
	void (*done)(void *arg, const struct error *);
	void *arg;
};

/*
 * Prepares the source address of a unix socket. One that is to receive answers gets a name; the
 * caller removes it at the end, and signals are caught from then on. False with err.
 */
bool target_open(struct target *, struct loop *, const struct destination *,
    struct local_name *name, struct signals *, struct error *);

/*
 * Looks up the source address, the first time, and the host, each time, until the deadline. done is
 * called once, from the loop or before this returns: either params and found are complete, or there
 * is an error.
 */
bool target_find(struct target *, int64_t deadline, void (*done)(void *arg, const struct error *),
    void *arg, struct error *);

/* Cancels a look-up. Does nothing if zeroed. */
void target_close(struct target *);

#endif
