#ifndef NET_SOCKET_H
#define NET_SOCKET_H

#include "net/end.h"

/* The end made of a connected stream socket: TCP or unix. */
struct stream {
	struct end end;
	int fd;
	bool tcp;
	bool half_closed; /* our FIN is sent, or on its way */
	bool resets;      /* closing it, or the death of this process, sends a reset */
	bool kept_alive;  /* the kernel sends keepalive probes */
	struct {
		char *data; /* what was pushed back and not yet read again; NULL: nothing */
		size_t start, end;
	} pushed;
};

/*
 * Fills out; takes ownership of fd (non-blocking). name, for messages, must outlive the end.
 *
 * Until the end is half-closed and all it has sent is acknowledged, the death of this process is a
 * reset for a TCP peer: otherwise the kernel would close the connection as if all had been sent.
 * Urgent data (send(2), MSG_OOB) is read at its place in the stream.
 */
void stream_open(struct stream *out, int fd, bool tcp, const char *name);

/* Restores the socket's options, and gives the socket to the caller. */
void stream_release(struct stream *);

/* The error pending on a socket; 0: none. Reading it clears it. */
int socket_error(int fd);

/* Whether a socket of any kind is connected; one that was reset is not. */
bool socket_is_connected(int fd);

/* How many bytes can be read from a socket or pipe now; 0 also if that is not known. */
int socket_unread(int fd);

/* How many bytes a TCP peer has not acknowledged. -1 with errno. */
int socket_unacknowledged(int fd);

/*
 * Has the kernel probe a TCP peer that has finished, so that its death is noticed. Keeps what the
 * user has set with --keepalive.
 */
void socket_keepalive(int fd);

/*
 * Closes a connected socket of any kind; if it is TCP, with a reset, so that the peer does not take
 * it for an orderly end. Keeps errno. Returns -1, the new value for the variable.
 */
int socket_abandon(int fd);

/* Half-closes the connected socket, of any kind, that an end writes to: end_ops' finish. */
enum io socket_finish(struct end *);

#endif
