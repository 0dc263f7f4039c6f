#ifndef OPEN_LAYER_H
#define OPEN_LAYER_H

#include "open/connection.h"

enum layer_role { LAYER_CLIENT, LAYER_SERVER };

/* What a layer waits for. */
enum layer_step {
	LAYER_DONE,
	LAYER_READ,  /* the connection's end can be read */
	LAYER_WRITE, /* it can be written */
	LAYER_FAILED,
};

/*
 * What comes between a connection and its conversation: a proxy's handshake, STARTTLS, TLS. A layer
 * reads and writes the connection's end, and never waits. It may put an end of its own in its
 * place, which reads, writes and closes the one below; and it gives back what it has read beyond
 * its own (end_push_back), so that the next layer or the conversation reads that first.
 *
 * This is what all connections have in common; parameters such as keys stand behind it in a struct
 * that begins with it.
 */
struct layer {
	const char *name; /* for messages: "PEER: NAME: ..." */
	/* Begins on one connection, which outlives it. Returns its state; NULL with err. */
	void *(*start)(
	    const struct layer *, struct connection *, enum layer_role, struct error *err);
	/* Goes on: at the beginning, and when what it waits for has come. LAYER_FAILED with err. */
	enum layer_step (*step)(void *state, struct error *err);
	/* Frees the state, once it is done, has failed or is given up. */
	void (*stop)(void *state);
};

#endif
