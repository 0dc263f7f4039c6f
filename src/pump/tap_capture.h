#ifndef PUMP_TAP_CAPTURE_H
#define PUMP_TAP_CAPTURE_H

#include <stdint.h>

#include "net/outfile.h"
#include "net/peer.h"
#include "pump/tap.h"

struct end;

/*
 * A capture file, which Wireshark and tcpdump read, of one or more conversations. The true packets
 * are not known: those in the file are made up of the bytes that crossed the socket, the addresses
 * and the times.
 */
struct capture_file {
	struct outfile *out;
	char *space;      /* the packet that is being made; NULL: not started */
	uint32_t clients; /* how many unix sockets were given ports */
};

/* Begins the file. out must outlive it. False with FAULT_LOCAL. */
bool capture_file_start(struct capture_file *, struct outfile *out, struct error *);
void capture_file_stop(struct capture_file *);

/* What a capture is of. */
struct capture_of {
	int fd; /* the socket */
	int type;
	const struct peer *peer;
	bool listens;    /* the peer has connected; else strait has */
	struct end *end; /* the end of that socket */
};

/* One side of a conversation. */
struct capture_side {
	struct address address;
	uint32_t next;  /* TCP: the sequence number of its next byte */
	uint32_t acked; /* up to which the other side has acknowledged */
	bool finished;
	bool amid; /* bytes of a message were seen, and not its end */
};

/* The taps of one conversation. */
struct capture {
	struct tap sent, received; /* see what is written to the socket and read from it */
	struct capture_file *file; /* NULL: not started */
	struct end *end;
	bool datagrams, listens;
	struct capture_side ours, theirs;
	bool reset; /* TCP: the connection is broken */
	/* The socket and the peer that the addresses were made from. */
	int fd;
	struct peer peer;
	char place[2 * ADDRESS_TEXT + 32]; /* of a unix socket: to be told with the next packet */
};

/* Starts it, with the packets of a connection that is made. It must not move. */
void capture_start(struct capture *, struct capture_file *, const struct capture_of *);

/*
 * To be called before the socket is closed: an end that was not orderly is a reset. Does nothing if
 * it is not started.
 */
void capture_end(struct capture *);

#endif
