#ifndef PUMP_TAP_DUMP_H
#define PUMP_TAP_DUMP_H

#include <stdint.h>

#include "net/outfile.h"
#include "net/peer.h"
#include "pump/tap.h"

/* In how many pieces one read or write is seen, at most: a message and its frame. */
#define DUMP_PIECES 4

struct end;

/* Whose bytes are dumped; all of it must outlive the tap. */
struct dump_of {
	const char *name; /* where the peer has no address */
	const struct peer *peer;
	struct end *end; /* made of the socket; it knows the peers, if there are several */
};

/*
 * Writes the bytes of one direction to a file as blocks, one for each read or write: a header with
 * the time, how many bytes there are and the peer, and a hexdump (codec/hexdump.h) whose offsets
 * count the bytes of this direction.
 */
struct tap_dump {
	struct tap tap;
	struct outfile *file;
	struct dump_of of;
	bool sent;    /* the direction: to the peer, or from it */
	bool colours; /* of the headers */
	bool begun;   /* a part of a message was seen */
	uint64_t offset;
	struct iovec
	    pieces[DUMP_PIECES]; /* what was seen of this block; valid until it is written */
	size_t count;
};

/* file must outlive it. Returns the tap. */
struct tap *tap_dump_init(
    struct tap_dump *, struct outfile *file, const struct dump_of *, bool sent, bool colours);

#endif
