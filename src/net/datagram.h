#ifndef NET_DATAGRAM_H
#define NET_DATAGRAM_H

#include "base/address.h"
#include "net/end.h"

/* The end made of a connected socket that keeps message boundaries: datagrams, or seqpacket. */
struct datagram {
	struct end end;
	int fd;
	bool sequenced;   /* SOCK_SEQPACKET: it can be half-closed, and has an end */
	bool selective;   /* hear the peer alone: others' datagrams may be queued already */
	bool credentials; /* every message comes with credentials, an end of input without */
	struct address peer;
};

/*
 * Fills out; takes ownership of fd (non-blocking), connected to peer unless peer has no name: then
 * it is heard, and cannot be written to. name, for messages, must outlive the end.
 */
void datagram_open(
    struct datagram *out, int fd, bool selective, const struct address *peer, const char *name);
void seqpacket_open(struct datagram *out, int fd, const char *name);

/*
 * Whether a message of no bytes, just received from an end that keeps boundaries, was not a
 * message but the end of all: the other side sends no more, and nothing is queued.
 */
bool message_was_end(const struct end *);

#endif
