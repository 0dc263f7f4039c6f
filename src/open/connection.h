#ifndef OPEN_CONNECTION_H
#define OPEN_CONNECTION_H

#include <stdbool.h>

#include "net/datagram.h"
#include "net/peer.h"
#include "net/socket.h"
#include "open/demux.h"

/*
 * A peer that is connected, or has been heard: its socket, and the end that is made of it when one
 * is asked for. A program may get the socket itself, which then never has an end.
 */
struct connection {
	int fd;   /* -1: closed; of a flow, the socket that it shares with others */
	int type; /* SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET */
	struct peer peer;
	const char *name; /* for messages; outlives the connection */
	bool selective;   /* of datagrams: others' may be in the queue already */
	bool owned;       /* the socket is not shared with others */
	bool any_sender;  /* whoever sends is the peer */
	struct end *end;  /* NULL: none was asked for yet */
	union {
		struct stream stream;
		struct datagram datagram;
		struct flow flow;
	} own;
};

/* Fills out with a socket, which is the connection's from here on. */
void connection_init(
    struct connection *out, int fd, int type, const struct peer *, const char *name);

/* The same with one of those who send datagrams to a demultiplexer's socket fd, and its end. */
void connection_init_flow(
    struct connection *out, struct demux *, int fd, const struct peer *, const char *name);

/* The same with an end that stands for all who send datagrams. It is the caller's. */
void connection_init_any(struct connection *out, struct end *);

/* The connection's end, which begins to exist with the first call. */
struct end *connection_end(struct connection *);

/* Whether nothing can be sent to the peer: its datagrams come from a socket without a name. */
bool connection_unanswerable(const struct connection *);

/* Whether its socket is all there is to it: nothing has been read yet, or comes between. */
bool connection_is_bare(const struct connection *);

/* Gives up the end, if it is no more than the socket's own and nothing was pushed back. */
void connection_release_end(struct connection *);

/* How many bytes are there to be read, as far as that is known. */
size_t connection_unread(const struct connection *);

/* Whether the peer has a name on the network: no unix socket. */
bool connection_is_ip(const struct connection *);

/*
 * Closes the end, or the socket where there is no end, once. With abandon in a way that the peer
 * can tell from an orderly end. Harmless for a connection that is closed, and of zeroes.
 */
void connection_close(struct connection *, bool abandon);

#endif
