#ifndef NET_DATAGRAM_H
#define NET_DATAGRAM_H

#include <stdint.h>

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
	struct peer peer;
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
