#ifndef OPEN_TARGET_H
#define OPEN_TARGET_H

#include "net/loop.h"
#include "net/signals.h"
#include "open/attempt.h"
#include "open/destination.h"
#include "open/resolve.h"

/* A destination's addresses, and what the sockets that connect to them are made from. */
struct target {
	const struct destination *to;
	struct loop *loop;
	struct resolver resolver;
	struct settings settings;
	struct local_name *name; /* of our own unix socket */
	struct attempt_params params;
	struct addresses found;
	int64_t deadline;
	void (*done)(void *arg, const struct error *);
	void *arg;
};

/*
 * Makes ready what does not depend on other hosts. A unix socket that is to be answered gets a
 * name, which the caller removes at the end; signals are caught from then on. False with err.
 */
bool target_open(struct target *, struct loop *, const struct destination *,
    struct local_name *name, struct signals *, struct error *);

/*
 * Looks up the source address, once, and the host, each time anew, until the clock reaches
 * deadline. done is called once, from the loop or at once: params and found are complete, or there
 * is an error.
 */
bool target_find(struct target *, int64_t deadline, void (*done)(void *arg, const struct error *),
    void *arg, struct error *);

/* Gives up a look-up that is under way. Of zeroes it does nothing. */
void target_close(struct target *);

#endif
