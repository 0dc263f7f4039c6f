#ifndef MODE_TARGET_H
#define MODE_TARGET_H

#include "mode/options.h"
#include "net/loop.h"
#include "net/signals.h"
#include "open/attempt.h"
#include "open/resolve.h"

/* Whom to connect to, and from where: what all modes that connect have in common. */
struct target {
	const struct options *options;
	struct loop *loop;
	struct signals *signals; /* caught while there is something to remove */
	struct resolver resolver;
	struct settings settings;
	struct local_name name; /* of our own unix socket */
	struct origin origin;
	struct addresses found;
	int64_t deadline;
	void (*done)(void *arg, const struct error *);
	void *arg;
};

/*
 * Makes ready what does not depend on other hosts. Signals are caught from here on if there is
 * something to be removed at the end. False with err; it is to be closed then, too.
 */
bool target_open(struct target *, struct loop *, const struct options *, const struct settings *,
    struct signals *, struct error *);

/*
 * Looks up the source address, once, and the host, each time anew, until the clock reaches
 * deadline. done is called once, from the loop or at once: origin and found are complete, or there
 * is an error.
 */
bool target_find(struct target *, int64_t deadline, void (*done)(void *arg, const struct error *),
    void *arg, struct error *);

/* Gives all up, and removes what was made. Of zeroes it does nothing. */
void target_close(struct target *);

#endif
