#ifndef OPEN_ATTEMPT_H
#define OPEN_ATTEMPT_H

#include <stdbool.h>

#include "base/address.h"
#include "net/local.h"
#include "net/settings.h"
#include "open/resolve.h"

/* Of what kind are sockets that connect, and where from. All of it outlives them. */
struct attempt_params {
	int type; /* SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET */
	const struct settings *settings;
	struct address from[2];  /* the one of the peer's family is bound to */
	size_t from_count;       /* 0: the system chooses */
	bool concurrent;         /* several sockets may have its port at the same time */
	bool unconnected;        /* they aren't connected to what stands for many */
	struct local_name *name; /* of a unix socket with an address: what is made of it */
};

/* The address to be bound to that goes with an address to connect to; NULL: there is none. */
const struct address *attempt_source(const struct attempt_params *, const struct address *to);

/* Whether a socket is not to be connected to this, but only made: many may answer. */
bool attempt_is_unconnected(const struct attempt_params *, const struct address *to);

enum attempt_state {
	ATTEMPT_PENDING, /* the kernel is at it */
	ATTEMPT_RETRY,   /* a unix listener's queue is full, which poll does not tell */
	ATTEMPT_FAILED,
	ATTEMPT_WON,
};

/* One attempt to connect, on a socket of its own. */
struct attempt {
	const struct address *to;
	const struct attempt_params *params;
	enum attempt_state state;
	int fd;      /* while it is under way, and once it has won; else -1 */
	int failure; /* errno, once it has failed */
};

/* How soon an attempt in ATTEMPT_RETRY is to be made again. */
#define ATTEMPT_AGAIN (20 * CLOCK_MS)

/*
 * Starts to connect to an address. False with err (FAULT_LOCAL) where there is no sense in trying
 * other addresses: a setting that cannot be made, an address of one's own that can't be had.
 */
bool attempt_start(
    struct attempt *, const struct address *to, const struct attempt_params *, struct error *err);

/* Asks the kernel again to connect. */
void attempt_connect(struct attempt *);

/*
 * Looks what became of an attempt for which poll(2) has reported revents. A socket that has
 * been connected to itself (of TCP: RFC 9293, section 3.5, simultaneous open) has been refused.
 */
void attempt_check(struct attempt *, short revents);

/* Ends an attempt that is under way as failed. */
void attempt_fail(struct attempt *, int failure);

#endif
