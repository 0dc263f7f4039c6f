#ifndef OPEN_RETRY_H
#define OPEN_RETRY_H

#include "base/backoff.h"
#include "base/error.h"
#include "net/loop.h"
#include "net/timer.h"

/* How long a try may take, and whether to retry. Durations are in nanoseconds. */
struct retry_rules {
	int64_t wait;  /* for one try; negative: as long as the system allows */
	bool again;    /* retry after a failure, */
	int64_t limit; /* for this long; CLOCK_NEVER: without limit */
};

/* Retries after failures, with growing pauses, until a time limit. */
struct retry {
	struct retry_rules rules;
	struct loop *loop;
	struct timer timer;
	struct backoff backoff;
	int64_t until; /* CLOCK_NEVER: no limit */
	struct error cause;
	int last_reported; /* the cause reported last: an errno, or minus a fault */
	void (*again)(void *arg);
	void (*tell)(void *arg, const struct error *cause);
	void (*given_up)(void *arg, const struct error *);
	void *arg;
};

/*
 * again starts the next try; given_up is called when the time limit is reached; tell, which may be
 * NULL, before a pause if the cause of the failure has changed.
 */
void retry_start(struct retry *, struct loop *, const struct retry_rules *,
    void (*again)(void *arg), void (*tell)(void *arg, const struct error *cause),
    void (*given_up)(void *arg, const struct error *), void *arg);

/* Stops retrying. Does nothing if zeroed. */
void retry_stop(struct retry *);

/* How long one try may take; negative: as long as the system allows. */
int64_t retry_wait(const struct retry *);

/* The deadline of a try that starts now. */
int64_t retry_deadline(const struct retry *);

/*
 * A try has failed: schedules the next one. False if there will be none: retrying was not asked
 * for, or cannot help against the cause.
 */
bool retry_later(struct retry *, const struct error *cause);

#endif
