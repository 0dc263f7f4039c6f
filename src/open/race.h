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
 * The race for a connection over the addresses of one name: RFC 8305 ("Happy Eyeballs"), sections
 * 4 and 5. Families take turns, an attempt follows the one before after 250 ms or as soon as one
 * fails, the first to succeed wins and the others are closed.
 */
struct race {
	struct task task;
	struct loop *loop;
	struct addresses addresses; /* interleaved */
	struct attempt attempts[ADDRESSES_MAX];
	size_t started;
	const struct attempt_params *params;
	int64_t next, deadline;
	struct error error; /* of this side, which ends it; FAULT_NONE: there was none */
	void (*done)(void *arg, struct race *, const struct attempt *winner);
	void *arg;
};

/*
 * Starts a race from params. done is called once from the loop: with the winner, whose descriptor
 * is the caller's from then on, or with NULL when all attempts have failed, the clock has reached
 * deadline, or error is set; their causes are in attempts[0..started). The race must stay where it
 * is until then.
 */
bool race_start(struct race *, struct loop *, const struct addresses *,
    const struct attempt_params *, int64_t deadline,
    void (*done)(void *, struct race *, const struct attempt *winner), void *arg, struct error *);

/* Ends a race that is under way; done is not called. Harmless after its end, and of zeroes. */
void race_stop(struct race *);

/* The failed attempt whose cause tells a user most. */
const struct attempt *race_telling(const struct race *);

#endif
