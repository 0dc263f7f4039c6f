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
	struct hub *hub;
	LIST_ENTRY(session) link;
	TAILQ_ENTRY(session) by_age;
	int64_t active_at; /* when it last sent or was sent something */
	STAILQ_HEAD(, parcel) parcels;
	size_t waiting; /* bytes of them */
	uint64_t lost;  /* those for which there was no room */
};

#define HUB_BUCKETS 256

/*
 * Somebody new is heard, on descriptor fd. Returns the session that the callee has opened for it,
 * or NULL if it is not to be heard: not now if *again is set, to the time at which to ask again.
 */
typedef struct session *(*hub_arrived)(void *arg, int fd, const struct peer *, int64_t *again);

/* Hands the datagrams that come to a listener's sockets to the sessions of their senders. */
struct hub {
	struct task task;
	struct loop *loop;
	const struct listener *listener;
	char *space;                                /* into which they are received */
	LIST_HEAD(, session) sessions[HUB_BUCKETS]; /* by their peers' addresses */
	TAILQ_HEAD(session_queue, session) by_age;  /* the one that was silent longest first */
	size_t count;
	/* A datagram whose sender has no session, and may have one later: nothing else is received.
	 */
	struct {
		int fd;
		size_t len;
		struct peer peer;
		int64_t again; /* when it is tried again; 0: there is none such */
	} held;
	hub_arrived arrived;
	void *arg;
};

/* Begins to hear all who send to the listener's sockets, which stay its own. */
bool hub_start(
    struct hub *, struct loop *, const struct listener *, hub_arrived, void *arg, struct error *);
void hub_stop(struct hub *);

/* There may be room for somebody new. */
void hub_wake(struct hub *);

/*
 * Fills out with the end of a peer; fd and name must outlive it. It leaves the hub when it is
 * closed.
 */
void session_open(struct session *out, struct hub *, int fd, const struct peer *, const char *name);

#endif
