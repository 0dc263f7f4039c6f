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

/* Whom a listener tells, with arg. */
struct listener_calls {
	/*
	 * How many descriptors the next peer will take besides its own; negative: no peer is to be
	 * accepted just now, and this is to be asked again in a moment or after listener_wake.
	 */
	int (*spare)(void *arg);
	/* Whether somebody may come in; fd is a connection, or -1 for datagrams. */
	bool (*admit)(void *arg, int fd, const struct peer *);
	/*
	 * Somebody has. fd is the callee's from then on: the accepted socket, or for datagrams a
	 * bound one that has taken its peer (peer_connect) unless it was inherited, and whose
	 * datagram is still to be read. Of a listener for many who send datagrams fd stays its own,
	 * and has not taken anybody.
	 */
	void (*arrived)(void *arg, int fd, const struct peer *);
	/*
	 * The system can accept no more. A listener for many rests, and tries again after a second
	 * or when it is woken; whoever it has told of that may note the error in its trouble.
	 */
	void (*failed)(void *arg, const struct error *);
};

/*
 * A listener: the sockets that wait for a peer, one for each of its addresses. Of connected types
 * a peer is a connection; of datagrams it is whoever sends the first one.
 */
struct listener {
	struct task task;
	struct loop *loop;
	int type;
	const struct settings *settings;
	bool many;          /* peers come one after the other, not one alone */
	int burst;          /* how many are accepted before others have their turn */
	uint64_t turn;      /* of the loop in which it was served last, or woken */
	int64_t rest_until; /* there are no descriptors left: nobody is accepted before */
	int trouble;        /* what was told to keep it from accepting; 0 when nobody waits */
	size_t count;
	int fds[ADDRESSES_MAX];
	/* Of one that was inherited: another descriptor of it, and the status it is to have again.
	 */
	struct kept {
		int fd, flags;
	} kept[ADDRESSES_MAX];
	size_t kept_count;
	struct address bound[ADDRESSES_MAX]; /* as getsockname tells, with the port picked */
	struct local_name name;
	struct listener_calls calls;
	void *arg;
};

/*
 * Binds and listens on every one of the addresses, on the same port when that is 0, for one peer or
 * many, with
 * SO_REUSEADDR for streams. Addresses of a family that this system lacks are left out as long as
 * one remains. Fails with FAULT_LOCAL, and leaves nothing behind.
 */
bool listener_open(struct listener *, const struct addresses *, int type, bool many,
    const struct settings *, struct error *);

/*
 * Takes count sockets from fd on that somebody else has bound, and that listen if they are of a
 * connected type; all of the same type. They are made non-blocking, until they are closed; the
 * settings that are asked for stay with them. False with FAULT_LOCAL.
 */
bool listener_inherit(
    struct listener *, int fd, int count, bool many, const struct settings *, struct error *);

/* Waits for peers. */
bool listener_start(
    struct listener *, struct loop *, const struct listener_calls *, void *arg, struct error *);

/* Waits for nobody any more; its sockets stay open. */
void listener_pause(struct listener *);

/* Whether it is of no use to try again after failing with this errno. */
bool listener_is_lost(int number);

/* There may be a descriptor in a moment. */
void listener_rest(struct listener *);

/* A descriptor has become free. */
void listener_wake(struct listener *);

/* Closes its sockets: nobody else arrives. */
void listener_stop(struct listener *);

/* The same, and removes its path, on which a datagram peer goes on being heard until then. */
void listener_close(struct listener *);

#endif
