#ifndef MODE_RETRY_H
#define MODE_RETRY_H

#include "base/backoff.h"
#include "mode/options.h"
#include "net/loop.h"
#include "net/timer.h"

/* --retry: what has failed is tried again, with pauses that grow, until the time is up. */
struct retry {
	const struct options *options;
	struct loop *loop;
	struct timer timer;
	struct backoff backoff;
	int64_t until; /* CLOCK_NEVER: for ever */
	int told;      /* the cause that was told last: an errno, or minus a fault */
};

void retry_start(struct retry *, struct loop *, const struct options *);

/* How long a single attempt may take: negative for as long as the system lets it. */
int64_t retry_wait(const struct retry *);

/* The time at which a try that begins now is to be given up. */
int64_t retry_deadline(const struct retry *);

/*
 * Calls again after a pause, if that was asked for and may help against cause; with -v says what it
 * is. False if not; cause then is what there is to say, and FAULT_TIME if the time is up.
 */
bool retry_later(struct retry *, struct error *cause, void (*again)(void *arg), void *arg);

#endif
