#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"
#include "net/local.h"
#include "net/loop.h"
#include "net/peer.h"
#include "net/resolve.h"
#include "net/settings.h"

/*
 * A listener: the sockets that wait for a peer, one for each of its addresses. Of connected types
 * a peer is a connection; of datagrams it is whoever sends the first one.
 */
struct listener {
	struct task task;
	struct loop *loop;
	int type;
	const struct settings *settings;
	size_t count;
	int fds[ADDRESSES_MAX];
	struct address bound[ADDRESSES_MAX]; /* as getsockname tells, with the port picked */
	struct local_name name;
	void (*arrived)(void *arg, int fd, const struct peer *);
	void (*failed)(void *arg, const struct error *);
	void *arg;
};

/*
 * Binds and listens on every one of the addresses, on the same port when that is 0, with
 * SO_REUSEADDR for streams. Addresses of a family that this system lacks are left out as long as
 * one remains. Fails with FAULT_LOCAL, and leaves nothing behind.
 */
bool listener_open(
    struct listener *, const struct addresses *, int type, const struct settings *, struct error *);

/*
 * Waits for a peer. arrived gets a descriptor that is the caller's from then on: the accepted
 * socket, or for datagrams a bound one that has found its peer (peer_find), whose datagram is still
 * to be read. failed is called when the system can accept no more.
 */
bool listener_start(struct listener *, struct loop *,
    void (*arrived)(void *arg, int fd, const struct peer *),
    void (*failed)(void *arg, const struct error *), void *arg, struct error *);

/* Closes its sockets: nobody else arrives. */
void listener_stop(struct listener *);

/* The same, and removes its path, on which a datagram peer goes on being heard until then. */
void listener_close(struct listener *);

#endif
