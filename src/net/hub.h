#ifndef NET_HUB_H
#define NET_HUB_H

#include <bsd/sys/queue.h>

#include "net/datagram.h"
#include "net/listen.h"
#include "net/loop.h"

/* A datagram that has come for a session, until it is read. */
struct parcel {
	STAILQ_ENTRY(parcel) link;
	size_t len;
	char data[];
};

/* The end made of one of many who send datagrams to the sockets of a listener. */
struct session {
	struct datagram datagram; /* whose end it is: to send with */
	LIST_ENTRY(session) link;
	STAILQ_HEAD(, parcel) parcels;
	size_t waiting; /* bytes of them */
	uint64_t lost;  /* those for which there was no room */
};

#define HUB_BUCKETS 256

/* Hands the datagrams that come to a listener's sockets to the sessions of their senders. */
struct hub {
	struct task task;
	struct loop *loop;
	const struct listener *listener;
	char *space;                                /* into which they are received */
	LIST_HEAD(, session) sessions[HUB_BUCKETS]; /* by their peers' addresses */
	/*
	 * Somebody new is heard, on descriptor fd. NULL if he is not to be; else the session that
	 * the callee has opened for him.
	 */
	struct session *(*arrived)(void *arg, int fd, const struct peer *);
	void *arg;
};

/* Begins to hear all who send to the listener's sockets, which stay its own. */
bool hub_start(struct hub *, struct loop *, const struct listener *,
    struct session *(*arrived)(void *arg, int fd, const struct peer *), void *arg, struct error *);
void hub_stop(struct hub *);

/*
 * Fills out with the end of a peer; fd and name must outlive it. It leaves the hub when it is
 * closed.
 */
void session_open(struct session *out, struct hub *, int fd, const struct peer *, const char *name);

#endif
