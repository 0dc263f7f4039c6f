#ifndef OPEN_LAYER_H
#define OPEN_LAYER_H

#include "open/connection.h"

enum layer_role { LAYER_CLIENT, LAYER_SERVER };

/* The result of a step. */
enum layer_step {
	LAYER_DONE,
	LAYER_READ,  /* waits until the end of the connection can be read */
	LAYER_WRITE, /* waits until it can be written */
	LAYER_FAILED,
};

/*
 * A protocol between a connection and its conversation: a proxy handshake, STARTTLS, TLS. A layer
 * reads and writes the end of the connection (connection_end) and never blocks. It may replace
 * connection->end with an end of its own, which reads, writes and closes the one below. Bytes that
 * it has read beyond its own protocol it gives back with end_push_back; the next layer or the
 * conversation reads them first.
 *
 * struct layer is shared by all connections. Parameters such as keys go into a struct that begins
 * with it.
 */
struct layer {
	const char *name; /* for messages: "PEER: NAME: ..." */
	/* Starts on one connection, which outlives the state. Returns the state; NULL with err. */
	void *(*start)(
	    const struct layer *, struct connection *, enum layer_role, struct error *err);
	/* Called first, and when what the layer waits for is ready. LAYER_FAILED with err. */
	enum layer_step (*step)(void *state, struct error *err);
	/* Frees the state, whether the layer is done, has failed or is cancelled. */
	void (*stop)(void *state);
};

#endif
