#ifndef OPEN_DEMUX_H
#define OPEN_DEMUX_H

#include <bsd/sys/queue.h>

#include "net/datagram.h"
#include "net/loop.h"
#include "open/listen.h"

/* A datagram that has come for a session, until it is read. */
struct queued {
	STAILQ_ENTRY(queued) link;
	size_t len;
	char data[];
};

/* The end made of one of many who send datagrams to the sockets of a listener. */
struct flow {
	struct datagram datagram; /* whose end it is: to send with */
	struct demux *demux;
	LIST_ENTRY(flow) link;
	TAILQ_ENTRY(flow) by_age;
	int64_t active_at; /* when it last sent or was sent something */
	STAILQ_HEAD(, queued) queue;
	size_t waiting; /* bytes of them */
	uint64_t lost;  /* those for which there was no room */
};

#define DEMUX_BUCKETS 256

/*
 * Somebody new is heard, on descriptor fd. Returns the session that the callee has opened for it,
 * or NULL if it is not to be heard: not now if *again is set, to the time at which to ask again.
 */
typedef struct flow *(*demux_arrived)(void *arg, int fd, const struct peer *, int64_t *again);

/* Hands the datagrams that come to a listener's sockets to the sessions of their senders. */
struct demux {
	struct task task;
	struct loop *loop;
	const struct listener *listener;
	char *space;                            /* into which they are received */
	LIST_HEAD(, flow) flows[DEMUX_BUCKETS]; /* by their peers' addresses */
	TAILQ_HEAD(flow_queue, flow) by_age;    /* the one that was silent longest first */
	size_t count;
	/* A datagram whose sender has no session, and may have one later: nothing else is received.
	 */
	struct {
		int fd;
		size_t len;
		struct peer peer;
		int64_t again; /* when it is tried again; 0: there is none such */
	} held;
	demux_arrived arrived;
	void *arg;
};

/* Begins to hear all who send to the listener's sockets, which stay its own. */
bool demux_start(struct demux *, struct loop *, const struct listener *, demux_arrived, void *arg,
    struct error *);
void demux_stop(struct demux *);

/* There may be room for somebody new. */
void demux_wake(struct demux *);

/*
 * Fills out with the end of a peer; fd and name must outlive it. It leaves the demux when it is
 * closed.
 */
void flow_open(struct flow *out, struct demux *, int fd, const struct peer *, const char *name);

#endif
