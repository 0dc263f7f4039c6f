#ifndef NET_DATAGRAM_H
#define NET_DATAGRAM_H

#include <stdint.h>

#include "base/event.h"
#include "net/end.h"
#include "net/peer.h"

/* The end made of a connected socket that keeps message boundaries: datagrams, or seqpacket. */
struct datagram {
	struct end end;
	int fd;
	bool sequenced; /* SOCK_SEQPACKET: it can be half-closed, and has an end */
	bool selective; /* hear the peer alone: others' datagrams may be queued already */
	bool addressed; /* not connected: each message says whom it is for */
	/* Hear all for whom this returns true, and answer who was heard last; NULL: not so. */
	bool (*admit)(void *arg, const struct peer *);
	void *arg;
	bool credentials; /* every message comes with credentials, an end of input without */
	bool scattered;   /* what is sent goes to the peer, whoever was heard last */
	struct peer peer;
	/*
	 * Of a peer that has several addresses: makes a socket that is connected to the next of
	 * them, or returns -1. NULL: there is none.
	 */
	int (*next)(void *arg);
	void *next_arg;
	/* What was sent as long as nothing was heard, each message behind its length. */
	struct {
		char *data; /* NULL: nothing, or more than is kept */
		size_t len;
	} said;
	/* Whom to tell of what is in the way and may pass. NULL: nobody is told. */
	struct observer *observer;
	int64_t told_at;      /* when it was last told, */
	int told;             /* and of what */
	int64_t failing_from; /* since when the same message cannot be sent; 0: it can */
};

/*
 * Fills out; takes ownership of fd (non-blocking), which is connected to the peer or has found it
 * (peer_find). A selective one that is not connected says in each message whom it is for. name, for
 * messages, must outlive the end.
 */
void datagram_open(
    struct datagram *out, int fd, bool selective, const struct peer *, const char *name);
void seqpacket_open(struct datagram *out, int fd, const char *name);

/*
 * The peer is a group, or a broadcast address, and the socket not connected, since others answer.
 * Those for whom admit, with arg, returns true are heard; what is sent goes to the peer still.
 */
void datagram_scatter(struct datagram *, bool (*admit)(void *arg, const struct peer *), void *arg);

/* As long as nothing was heard, a peer that refuses is tried at its next address. */
void datagram_move_on(struct datagram *, int (*next)(void *arg), void *arg);

/* From now on the observer is told, now and then, of what is in the way and may pass. */
void datagram_watch(struct datagram *, struct observer *);

/*
 * The longest message that a unix socket carries: Linux allows what one allocation gives, 4 MiB,
 * and some pages. Nothing of a buffer of this size is in memory before it is used.
 */
#define LOCAL_MESSAGE_MAX ((size_t)5 << 20)

/*
 * The longest message that a socket of a family can send: the protocol's limit, or the send buffer
 * of a unix socket. 0 when it is not known.
 */
size_t message_longest(int fd, int family);

/* How such an end sends, for ends that only receive in another way; as end_ops says. */
enum io datagram_send(struct end *, const struct iovec *messages, size_t count, size_t *put);

/*
 * Whether a message of no bytes, just received from a socket that keeps boundaries, was not a
 * message but the end of all: the other side is known to send no more, and nothing is queued.
 */
bool message_was_end(int fd, bool silent);

#endif
