#ifndef OPEN_CONNECTION_H
#define OPEN_CONNECTION_H

#include <stdbool.h>

#include "base/figures.h"
#include "net/datagram.h"
#include "net/peer.h"
#include "net/socket.h"
#include "open/demux.h"

/*
 * A peer: its socket, and the end that is made of the socket on request. A program may be given the
 * socket itself; then no end is made.
 */
struct connection {
	int fd;   /* -1: closed; for a flow, the socket that it shares with others */
	int type; /* SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET */
	struct peer peer;
	const char *name; /* for messages; outlives the connection */
	bool selective;   /* datagrams: drop those of other senders that are queued already */
	bool owned;       /* the socket belongs to this connection only */
	bool any_sender;  /* the peer is every sender of datagrams */
	struct tcp_figures *figures; /* what TCP says when it is closed; NULL: nobody asks */
	struct end *end;             /* NULL: not made yet */
	union {
		struct stream stream;
		struct datagram datagram;
		struct flow flow;
	} own;
};

/* Makes a connection of a socket, which it owns from here on. */
void connection_init(
    struct connection *out, int fd, int type, const struct peer *, const char *name);

/* The same for one sender of datagrams to the socket fd of a demultiplexer, with its end. */
void connection_init_flow(
    struct connection *out, struct demux *, int fd, const struct peer *, const char *name);

/* The same for an end that stands for all senders of datagrams. The caller keeps the end. */
void connection_init_any(struct connection *out, struct end *);

/* The end of the connection, made by the first call. */
struct end *connection_end(struct connection *);

/* Whether nothing can be sent to the peer: its datagrams come from a unix socket without a name. */
bool connection_unanswerable(const struct connection *);

/* Whether the connection is only a socket: nothing was read, and there is no layer on top. */
bool connection_is_plain_socket(const struct connection *);

/* Drops the end if it is only the stream on the socket, and nothing was pushed back into it. */
void connection_release_end(struct connection *);

/* How many bytes are known to wait to be read. */
size_t connection_unread(const struct connection *);

/* Whether the peer has an IP address: it is not a unix socket. */
bool connection_is_ip(const struct connection *);

/*
 * Closes the end, or the socket if there is no end. With abandon, the peer can tell it from an
 * orderly end (TCP: a reset). Does nothing for a connection that is closed or zeroed.
 */
void connection_close(struct connection *, bool abandon);

#endif
