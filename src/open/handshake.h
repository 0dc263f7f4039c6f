#ifndef OPEN_HANDSHAKE_H
#define OPEN_HANDSHAKE_H

#include "net/loop.h"
#include "open/layer.h"

/* The layers of one connection, one after the other. */
struct handshake {
	struct task task;
	struct loop *loop;
	struct connection *connection;
	const struct layer *const
	    *layers; /* the one under way, and those after it; NULL ends them */
	enum layer_role role;
	void *state;          /* of the one under way; NULL: none is */
	enum layer_step step; /* what it waits for */
	bool begun;
	int64_t deadline;
	void (*done)(void *arg, const struct error *);
	void *arg;
};

/*
 * Begins; there is one layer at least. done is called once, from the loop: with FAULT_NONE when the
 * connection is ready, or with what failed, FAULT_TIME once the clock has reached deadline. The
 * connection is the caller's to close in any case. False with err when it could not begin.
 */
bool handshake_start(struct handshake *, struct loop *, struct connection *,
    const struct layer *const *layers, enum layer_role, int64_t deadline,
    void (*done)(void *arg, const struct error *), void *arg, struct error *err);

/* Gives it up; done is not called. Harmless after its end, and of zeroes. */
void handshake_stop(struct handshake *);

#endif
