#ifndef NET_SOCKET_H
#define NET_SOCKET_H

#include "net/end.h"

/* The end made of a connected stream socket: TCP or unix. */
struct stream {
	struct end end;
	int fd;
	bool tcp;
	bool half_closed; /* our FIN is sent, or on its way */
	bool resets;      /* to close it is a reset for the peer, and so is our death */
	bool kept_alive;  /* the kernel looks whether the peer is there */
	struct {
		char *data; /* what was pushed back; NULL: nothing is left of it */
		size_t start, end;
	} pushed;
};

/*
 * Fills out; takes ownership of fd (non-blocking). name, for messages, must outlive the end.
 *
 * Until the end is half-closed and all it has sent is acknowledged, the death of this process is a
 * reset for a TCP peer: the kernel would otherwise end the connection as if all had been said.
 * Urgent data (send(2), MSG_OOB) is read where it stands in the stream.
 */
void stream_open(struct stream *out, int fd, bool tcp, const char *name);

/* Makes the socket what it was before it had an end. It belongs to the caller from here on. */
void stream_release(struct stream *);

/*
 * The error pending on a socket, 0 when there is none. Reading it clears it.
 */
int socket_error(int fd);

/* How many bytes a socket or pipe has that are not read yet; 0 where that is not known. */
int socket_unread(int fd);

/* How many bytes the peer's kernel has not acknowledged, of TCP. -1 with errno. */
int socket_unacknowledged(int fd);

/* Lets the kernel ask a TCP peer that has finished, from time to time, whether it is still there.
 */
void socket_keepalive(int fd);

/*
 * Closes a connected socket of any kind in a way that the peer can tell from an orderly end, where
 * there is one: TCP has its reset. Keeps errno. Returns -1, the new value for the variable.
 */
int socket_abandon(int fd);

/* Half-closes the connected socket, of any kind, that an end writes to. */
enum io socket_finish(struct end *);

#endif
