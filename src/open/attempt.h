#ifndef OPEN_ATTEMPT_H
#define OPEN_ATTEMPT_H

#include <stdbool.h>

#include "base/address.h"
#include "base/event.h"
#include "net/local.h"
#include "net/settings.h"

/* How the sockets of attempts are made. Everything it points to must outlive them. */
struct attempt_params {
	int type; /* SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET */
	const struct settings *settings;
	struct address from[2]; /* source addresses; the one of the peer's family is used */
	size_t from_count;      /* 0: the system chooses */
	bool concurrent;        /* several sockets use the source port at the same time */
	bool unconnected;       /* sockets are not connected to broadcast and multicast addresses */
	struct local_name *name;   /* for a unix socket that is bound: the file made for it */
	struct observer *observer; /* is told of each attempt; NULL: nobody */
};

/* The source address of the family of an address to connect to; NULL: there is none. */
const struct address *attempt_source(const struct attempt_params *, const struct address *to);

/* Whether a socket for this address is only made, not connected: several hosts may answer. */
bool attempt_is_unconnected(const struct attempt_params *, const struct address *to);

enum attempt_state {
	ATTEMPT_PENDING, /* the kernel is connecting */
	ATTEMPT_RETRY,   /* the queue of a unix listener is full, which poll does not report */
	ATTEMPT_FAILED,
	ATTEMPT_WON,
};

/* One attempt to connect, with a socket of its own. */
struct attempt {
	const struct address *to;
	const struct attempt_params *params;
	enum attempt_state state;
	int fd;                 /* until it has failed; then -1 */
	int failure;            /* errno, once it has failed */
	int64_t began_at, took; /* took: until it has won or failed, in nanoseconds */
};

/* After how long an attempt in ATTEMPT_RETRY calls connect(2) again. */
#define ATTEMPT_AGAIN (20 * CLOCK_MS)

/*
 * Starts to connect to an address. An attempt that fails is ATTEMPT_FAILED; false with err
 * (FAULT_LOCAL) means that other addresses would fail as well: a setting cannot be made, or the
 * source address cannot be bound.
 */
bool attempt_start(
    struct attempt *, const struct address *to, const struct attempt_params *, struct error *err);

/* Calls connect(2) again, for an attempt in ATTEMPT_RETRY. */
void attempt_connect(struct attempt *);

/*
 * Updates the state of a pending attempt after poll(2) has reported revents. A socket that has been
 * connected to itself (TCP: RFC 9293, section 3.5, simultaneous open) counts as refused.
 */
void attempt_check(struct attempt *, short revents);

/* Ends an attempt as failed, and closes its socket. */
void attempt_fail(struct attempt *, int failure);

#endif
