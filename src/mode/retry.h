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
	struct error cause;
	int told; /* the cause that was told last: an errno, or minus a fault */
	void (*again)(void *arg);
	void (*given_up)(void *arg, const struct error *);
	void *arg;
};

/* again is called when it is time for the next try; given_up when there will be none. */
void retry_start(struct retry *, struct loop *, const struct options *, void (*again)(void *arg),
    void (*given_up)(void *arg, const struct error *), void *arg);

/* There will be no more tries. */
void retry_stop(struct retry *);

/* How long a single attempt may take: negative for as long as the system lets it. */
int64_t retry_wait(const struct retry *);

/* The time at which a try that begins now is to be given up. */
int64_t retry_deadline(const struct retry *);

/*
 * A try has failed. False if it is not to be made again: that was not asked for, or cannot help
 * against cause. With -v says what the cause is, when that has changed.
 */
bool retry_later(struct retry *, const struct error *cause);

#endif
