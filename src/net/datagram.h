#ifndef NET_DATAGRAM_H
#define NET_DATAGRAM_H

#include <stdint.h>

#include "net/end.h"
#include "net/peer.h"

/* The end made of a connected socket that keeps message boundaries: datagrams, or seqpacket. */
struct datagram {
	struct end end;
	int fd;
	bool sequenced;   /* SOCK_SEQPACKET: it can be half-closed, and has an end */
	bool selective;   /* hear the peer alone: others' datagrams may be queued already */
	bool credentials; /* every message comes with credentials, an end of input without */
	struct peer peer;
};

/*
 * Fills out; takes ownership of fd (non-blocking), which is connected to the peer or has found it
 * (peer_find). name, for messages, must outlive the end.
 */
void datagram_open(
    struct datagram *out, int fd, bool selective, const struct peer *, const char *name);
void seqpacket_open(struct datagram *out, int fd, const char *name);

/*
 * How many datagrams the kernel has thrown away since the socket was made, since its receive buffer
 * was full (SO_MEMINFO; unlike SO_RXQ_OVFL it also knows those after which none came). 0 where the
 * system does not tell.
 */
uint64_t datagram_lost(const struct datagram *);

/*
 * Whether a message of no bytes, just received from a socket that keeps boundaries, was not a
 * message but the end of all: the other side is known to send no more, and nothing is queued.
 */
bool message_was_end(int fd, bool silent);

#endif
