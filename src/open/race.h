#ifndef OPEN_RACE_H
#define OPEN_RACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "net/loop.h"
#include "open/attempt.h"
#include "open/resolve.h"

/*
 * Connects to one of the addresses of a name, with "Happy Eyeballs" (RFC 8305, sections 4 and 5):
 * families alternate; the next attempt starts after 250 ms, or as soon as one fails; the first to
 * succeed wins, and the others are closed.
 */
struct race {
	struct task task;
	struct loop *loop;
	struct addresses addresses; /* interleaved */
	struct attempt attempts[ADDRESSES_MAX];
	size_t started;
	const struct attempt_params *params;
	int64_t next_at, deadline; /* when the next attempt starts; when the race ends */
	struct error error;        /* a local error, which ends the race; FAULT_NONE: none */
	void (*done)(void *arg, struct race *, const struct attempt *winner);
	void *arg;
};

/*
 * Starts a race. done is called once, from the loop: with the winner, whose descriptor the caller
 * owns from then on; or with NULL if all attempts have failed, the deadline has passed, or error is
 * set. The failures are in attempts[0..started). The race must not move until then.
 */
bool race_start(struct race *, struct loop *, const struct addresses *,
    const struct attempt_params *, int64_t deadline,
    void (*done)(void *, struct race *, const struct attempt *winner), void *arg, struct error *);

/* Cancels a race; done is not called. Does nothing if it has ended or is zeroed. */
void race_stop(struct race *);

/* The failed attempt whose error is the most useful to report. */
const struct attempt *race_best_failure(const struct race *);

#endif
