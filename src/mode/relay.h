#ifndef MODE_RELAY_H
#define MODE_RELAY_H

#include "mode/conversation.h"
#include "mode/options.h"
#include "net/signals.h"

struct relay_dialling;

/* A client that is joined to a connection of its own to another host. */
struct relay {
	const struct options *options;
	struct loop *loop;
	struct relay_dialling *dialling; /* until there is a connection; NULL: there is */
	struct local_name name;          /* of our own unix socket, if it needed one */
	struct party client;
	struct peer peer;
	struct end *session; /* the client's, if it shares its socket with others; else NULL */
	struct conversation conversation;
	void (*done)(void *arg, const struct error *);
	void *arg;
};

/*
 * What the options are for connecting to o->to: the same but for the role, the address and the
 * type.
 */
struct options relay_options(const struct options *o);

/*
 * Connects to where there leads and joins a client to it, whose socket is the relay's from here on,
 * or a session's end (client->fd is then the hub's socket). settings are those of the new socket.
 * done is called once, from the loop. False when it could not be started. It must stay where it is
 * until it is stopped, and so must both options.
 */
bool relay_start(struct relay *, struct loop *, const struct options *, const struct options *there,
    const struct settings *, struct signals *, const struct party *client, struct end *session,
    void (*done)(void *arg, const struct error *), void *arg, struct error *);

/* Closes all. */
void relay_stop(struct relay *);

#endif
