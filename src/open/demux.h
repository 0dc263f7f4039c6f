#ifndef OPEN_DEMUX_H
#define OPEN_DEMUX_H

#include <bsd/sys/queue.h>

#include "net/datagram.h"
#include "net/loop.h"
#include "open/listen.h"

/* A datagram queued for a flow. */
struct queued {
	STAILQ_ENTRY(queued) link;
	size_t len;
	char data[];
};

/* One of several senders of datagrams to the sockets of a listener, as an end. */
struct flow {
	struct datagram datagram; /* its end, and how datagrams are sent */
	struct demux *demux;
	LIST_ENTRY(flow) link;
	TAILQ_ENTRY(flow) by_age;
	int64_t active_at; /* when it last sent or received a datagram */
	STAILQ_HEAD(, queued) queue;
	size_t waiting; /* bytes in the queue */
	uint64_t lost;  /* datagrams dropped because the queue was full */
};

#define DEMUX_BUCKETS 256

/*
 * A datagram has come from a new sender, on descriptor fd. Returns the flow that the callee has
 * opened for it, or NULL: the datagram is dropped, or, if *again is set, held until that time, when
 * the callee is asked again.
 */
typedef struct flow *(*demux_arrived)(void *arg, int fd, const struct peer *, int64_t *again);

/* Distributes the datagrams that arrive at a listener's sockets to one flow for each sender. */
struct demux {
	struct task task;
	struct loop *loop;
	const struct listener *listener;
	char *space;                            /* the datagram being delivered */
	LIST_HEAD(, flow) flows[DEMUX_BUCKETS]; /* a hash table by the address of the peer */
	TAILQ_HEAD(flow_queue, flow) by_age;    /* the least recently active first */
	size_t count;
	/* A datagram whose sender cannot have a flow yet. Meanwhile nothing is received. */
	struct {
		int fd;
		size_t len;
		struct peer peer;
		int64_t again; /* when delivering it is tried again; 0: no datagram is held */
	} held;
	demux_arrived arrived;
	void *arg;
};

/* Starts receiving from the listener's sockets, which the listener still owns. */
bool demux_start(struct demux *, struct loop *, const struct listener *, demux_arrived, void *arg,
    struct error *);
void demux_stop(struct demux *);

/* A new flow may be possible now: tries to deliver a held datagram. */
void demux_wake(struct demux *);

/* Makes out the flow of a peer; fd and name must outlive it. Closing the end removes it. */
void flow_open(struct flow *out, struct demux *, int fd, const struct peer *, const char *name);

#endif
