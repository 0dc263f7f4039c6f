#ifndef MODE_RELAY_H
#define MODE_RELAY_H

#include "mode/conversation.h"
#include "mode/options.h"
#include "net/signals.h"
#include "open/opening.h"

struct relay_dialling;

/* What all relays of a server have in common. */
struct relay_way {
	const struct options *options;
	struct destination to;
	struct opening_rules rules;
	struct signals *signals;
	size_t dialling; /* how many relays have no connection yet */
};

/* A client that is joined to a connection of its own to another host. */
struct relay {
	struct relay_way *way;
	struct loop *loop;
	struct relay_dialling *dialling; /* until there is a connection; NULL: there is */
	struct local_name name;          /* of our own unix socket, if it needed one */
	struct connection *client;
	struct connection server;
	struct conversation conversation;
	void (*done)(void *arg, const struct error *);
	void (*idles)(void *arg, bool idle); /* see relay_watch */
	void *arg;
};

/* Fills out; settings are those of the listener, which hold if the other side is of the same kind.
 */
void relay_prepare(
    struct relay_way *, const struct options *, const struct settings *settings, struct signals *);

/*
 * Connects to where the way leads and joins a client to it, whose connection outlives the relay and
 * is closed by it. done is called once, from the loop. False when it could not be started. It must
 * stay where it is until it is stopped.
 */
bool relay_start(struct relay *, struct loop *, struct relay_way *, struct connection *client,
    void (*done)(void *arg, const struct error *), void *arg, struct error *);

/*
 * From now on idles is called when the client has finished and there is nothing for it now, and
 * when there is something again.
 */
void relay_watch(struct relay *, void (*idles)(void *arg, bool idle));

/*
 * Whether that holds now, and all that was sent is acknowledged by the client, or is to be passed
 * on in vain.
 */
bool relay_may_drop(struct relay *);

/* Ends it for a reason of ours: done is called with that. */
void relay_break(struct relay *, const struct error *cause);

/* Closes all. */
void relay_stop(struct relay *);

#endif
