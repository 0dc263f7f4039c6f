#ifndef OPEN_RETRY_H
#define OPEN_RETRY_H

#include "base/backoff.h"
#include "base/error.h"
#include "net/loop.h"
#include "net/timer.h"

/* How long is tried, and how often. Durations are in nanoseconds. */
struct retry_rules {
	int64_t wait;  /* for a single try; negative: as long as the system lets it */
	bool again;    /* what has failed is tried again, */
	int64_t limit; /* for so long; CLOCK_NEVER: for ever */
};

/* What has failed is tried again, with pauses that grow, until the time is up. */
struct retry {
	struct retry_rules rules;
	struct loop *loop;
	struct timer timer;
	struct backoff backoff;
	int64_t until; /* CLOCK_NEVER: for ever */
	struct error cause;
	int last_reported; /* the cause that was last_reported last: an errno, or minus a fault */
	void (*again)(void *arg);
	void (*tell)(void *arg, const struct error *cause);
	void (*given_up)(void *arg, const struct error *);
	void *arg;
};

/*
 * again is called when it is time for the next try; given_up when there will be none; tell, which
 * may be NULL, before a pause when the cause of the failure has changed.
 */
void retry_start(struct retry *, struct loop *, const struct retry_rules *,
    void (*again)(void *arg), void (*tell)(void *arg, const struct error *cause),
    void (*given_up)(void *arg, const struct error *), void *arg);

/* There will be no more tries. Of zeroes it does nothing. */
void retry_stop(struct retry *);

/* How long a single try may take: negative for as long as the system lets it. */
int64_t retry_wait(const struct retry *);

/* The time at which a try that begins now is to be given up. */
int64_t retry_deadline(const struct retry *);

/*
 * A try has failed. False if it is not to be made again: that was not asked for, or cannot help
 * against cause.
 */
bool retry_later(struct retry *, const struct error *cause);

#endif
