#ifndef NET_DATAGRAM_H
#define NET_DATAGRAM_H

#include <stdint.h>

#include "base/event.h"
#include "net/end.h"
#include "net/peer.h"

/* The end made of a socket that keeps message boundaries (datagram or seqpacket), and its peer. */
struct datagram {
	struct end end;
	int fd;
	bool sequenced; /* SOCK_SEQPACKET: it can be half-closed, and has an end */
	bool selective; /* ignore datagrams of others than the peer, which may be queued already */
	bool addressed; /* not connected: each message is sent with the peer's address */
	/*
	 * Receive from all senders for which this returns true. The last of them becomes the peer,
	 * unless to_group is set. NULL: receive as selective says.
	 */
	bool (*admit)(void *arg, const struct peer *);
	void *arg;
	bool credentials; /* each message carries SCM_CREDENTIALS, the end of input does not */
	bool to_group;    /* the peer is a group or broadcast address, and stays the peer */
	struct peer peer;
	struct peer heard; /* the last sender that was admitted */
	/* Makes a socket connected to the peer's next address; -1: there is none. May be NULL. */
	int (*next)(void *arg);
	void *next_arg;
	/* The messages sent before the first answer, each after its length (size_t). */
	struct {
		char *data; /* NULL: none, or too much to keep */
		size_t len;
	} resend;
	/* Told of temporary errors (net/trouble.h); may be NULL. */
	struct observer *observer;
	int64_t reported_at;   /* when it was last told */
	int reported;          /* ... of which errno */
	int64_t failing_since; /* since when the next message cannot be sent; 0: it can */
};

/*
 * Fills out; takes ownership of fd (non-blocking), which is connected to the peer, or unconnected
 * with a peer that peer_find has filled in. name, for messages, must outlive the end.
 */
void datagram_open(
    struct datagram *out, int fd, bool selective, const struct peer *, const char *name);
void seqpacket_open(struct datagram *out, int fd, const char *name);

/*
 * For a peer that is a multicast group or broadcast address, and a socket that is not connected,
 * since the answers come from other addresses: receives from all senders for which admit, called
 * with arg, returns true. Messages are still sent to the peer.
 */
void datagram_to_group(struct datagram *, bool (*admit)(void *arg, const struct peer *), void *arg);

/*
 * If the peer refuses before it has answered, continues with the socket that next, called with arg,
 * makes for its next address, and sends again what was sent so far.
 */
void datagram_fallback(struct datagram *, int (*next)(void *arg), void *arg);

/* From now on the observer is told of temporary errors, the same one once a second at most. */
void datagram_watch(struct datagram *, struct observer *);

/*
 * The longest message that a unix socket carries: Linux needs one allocation for it, of at most 4
 * MiB, and some pages. A buffer of this size occupies memory only as far as it is used.
 */
#define LOCAL_MESSAGE_MAX ((size_t)5 << 20)

/*
 * The longest message that a socket can send: the limit of the protocol, or the send buffer of a
 * unix socket. 0: not known.
 */
size_t message_longest(int fd, int family);

/* end_ops' send, for other kinds of end that send in the same way. */
enum io datagram_send(struct end *, const struct iovec *messages, size_t count, size_t *put);

/*
 * Whether an empty message, just received from a socket with message boundaries, was not a message
 * but the end of input: rdhup (the other side sends no more) is true, and nothing is queued.
 */
bool message_was_end(int fd, bool rdhup);

#endif
