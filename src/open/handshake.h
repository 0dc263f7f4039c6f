#ifndef OPEN_HANDSHAKE_H
#define OPEN_HANDSHAKE_H

#include "net/loop.h"
#include "open/layer.h"

/* Runs the layers of one connection, one after the other. */
struct handshake {
	struct task task;
	struct loop *loop;
	struct connection *connection;
	const struct layer *const *layers; /* the current one and those after it; NULL-terminated */
	enum layer_role role;
	void *state;          /* of the current layer; NULL: not started */
	enum layer_step step; /* what the current layer waits for */
	bool begun;
	int64_t deadline;
	void (*done)(void *arg, const struct error *);
	void *arg;
};

/*
 * Starts the handshake; layers holds at least one. done is called once, from the loop: with
 * FAULT_NONE if the connection is ready, else with the error (FAULT_TIME when the deadline has
 * passed). The caller closes the connection in any case. False with err if it could not be started.
 */
bool handshake_start(struct handshake *, struct loop *, struct connection *,
    const struct layer *const *layers, enum layer_role, int64_t deadline,
    void (*done)(void *arg, const struct error *), void *arg, struct error *err);

/* Cancels the handshake; done is not called. Does nothing if it has ended or is zeroed. */
void handshake_stop(struct handshake *);

#endif
