#ifndef NET_CONNECT_H
#define NET_CONNECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "net/loop.h"
#include "net/resolve.h"

enum attempt_state {
	ATTEMPT_PENDING, /* the kernel is at it */
	ATTEMPT_RETRY,   /* a unix listener's queue is full, which poll does not tell */
	ATTEMPT_FAILED,
	ATTEMPT_WON,
};

/* One attempt to connect, on a socket of its own. */
struct attempt {
	const struct address *to;
	enum attempt_state state;
	int fd;      /* while it is under way, and once it has won; else -1 */
	int failure; /* errno, once it has failed */
};

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
	int type;
	int64_t next, deadline;
	const struct address *bind_to;
	void (*done)(void *arg, struct race *, const struct attempt *winner);
	void *arg;
};

/*
 * Starts a race for a socket of type (SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET); attempts are
 * bound to bind_to first, unless that is NULL. done is called once from the loop: with the winner,
 * whose descriptor is the caller's from then on, or with NULL when all attempts have failed or the
 * clock has reached deadline; their causes are in attempts[0..started). The race must stay where it
 * is until then.
 */
bool race_start(struct race *, struct loop *, const struct addresses *, int type,
    const struct address *bind_to, int64_t deadline,
    void (*done)(void *, struct race *, const struct attempt *winner), void *arg, struct error *);

/* Ends a race that is under way; done is not called. Harmless after its end. */
void race_stop(struct race *);

/* The failed attempt whose cause tells a user most. */
const struct attempt *race_telling(const struct race *);

#endif
