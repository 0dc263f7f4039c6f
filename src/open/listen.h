#ifndef OPEN_LISTEN_H
#define OPEN_LISTEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"
#include "net/local.h"
#include "net/loop.h"
#include "net/peer.h"
#include "net/settings.h"
#include "open/resolve.h"

/* What a listener calls, with arg. */
struct listener_calls {
	/*
	 * How many descriptors the next peer will need besides its own. Negative: accept no peer
	 * now; the listener asks again after a moment, or after listener_wake.
	 */
	int (*descriptors)(void *arg);
	/* Whether a peer is admitted; fd is its connection, or -1 for datagrams. */
	bool (*admit)(void *arg, int fd, const struct peer *);
	/*
	 * A peer was admitted, and the callee owns fd. For a connection fd is the accepted socket.
	 * For datagrams it is the bound socket, with the first datagram still unread; it has been
	 * connected to the peer (peer_connect) unless it was inherited. With keep_listening a
	 * datagram socket is neither handed over nor connected.
	 */
	void (*arrived)(void *arg, int fd, const struct peer *);
	/*
	 * accept(2) fails for good or for now. The listener tries again after a second, or when it
	 * is woken. The callee may note the error in reported_errno, in order to report it once.
	 */
	void (*failed)(void *arg, const struct error *);
};

/*
 * A listener: sockets that wait for peers, one for each of its addresses. A peer is a connection,
 * or, for datagrams, the sender of the first datagram.
 */
struct listener {
	struct task task;
	struct loop *loop;
	int type;
	const struct settings *settings;
	bool keep_listening; /* it goes on after the first peer */
	int burst;           /* how many peers are accepted in one turn of the loop */
	uint64_t turn;       /* the turn in which it was last served or woken */
	int64_t rest_until;  /* no peer is accepted before this time; 0: no pause */
	int reported_errno;  /* the error reported last; 0: none since no peer waited */
	size_t count;
	int fds[ADDRESSES_MAX];
	/* For inherited sockets: a duplicate descriptor, and the status flags to restore. */
	struct saved {
		int fd, flags;
	} saved[ADDRESSES_MAX];
	size_t saved_count;
	struct address bound[ADDRESSES_MAX]; /* as getsockname(2) reports, with the port picked */
	struct local_name name;
	struct listener_calls calls;
	void *arg;
};

/*
 * Binds and listens on every address, with SO_REUSEADDR for streams; port 0 picks one port for all
 * of them. Addresses of a family that this system lacks are skipped as long as one remains. False
 * with FAULT_LOCAL, and nothing is left open.
 */
bool listener_open(struct listener *, const struct addresses *, int type, bool keep_listening,
    const struct settings *, struct error *);

/*
 * Makes a listener of count sockets that the parent has bound, from descriptor fd on. All are of
 * the same type; those of connected types listen already. They are non-blocking until the listener
 * is closed; the settings that are asked for stay. False with FAULT_LOCAL.
 */
bool listener_inherit(struct listener *, int fd, int count, bool keep_listening,
    const struct settings *, struct error *);

/* Starts waiting for peers. False with err. */
bool listener_start(
    struct listener *, struct loop *, const struct listener_calls *, void *arg, struct error *);

/* Stops accepting peers; the sockets stay open. */
void listener_pause(struct listener *);

/* Whether this errno of accept(2) means that no later call can succeed. */
bool listener_is_lost(int number);

/* Pauses for a moment, after which a descriptor may be free. */
void listener_rest(struct listener *);

/* A descriptor has become free: ends a pause. */
void listener_wake(struct listener *);

/* Closes the sockets. The path of a unix socket stays, so that a datagram peer can still send. */
void listener_stop(struct listener *);

/* The same, and removes the path. */
void listener_close(struct listener *);

#endif
