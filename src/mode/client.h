#ifndef MODE_CLIENT_H
#define MODE_CLIENT_H

#include <bsd/sys/queue.h>

#include "mode/execution.h"
#include "mode/relay.h"

/* What all clients of a server have in common. */
struct host {
	const struct options *options;
	struct loop *loop;
	struct relay_way way;
	struct children children;
	/* Standard input and output, and what comes in; NULL: there is one client alone. */
	struct standard *standard;
	struct feed *feed;
};

/* A client, joined to standard input and output, to a program of its own, or to another host. */
struct client {
	LIST_ENTRY(client) link;
	struct host *host;
	char name[ADDRESS_TEXT];
	struct session session; /* its end, if it sends datagrams to a socket that others share */
	union {
		struct conversation conversation;
		struct execution execution;
		struct relay relay;
	} talk;
	void (*done)(void *arg, struct client *, const struct error *, int status);
	void *arg;
};

/*
 * Begins to serve somebody called name, on a socket that is the client's from here on or, if hub is
 * not NULL, that is the hub's: he has a program or a connection of his own then. done is called
 * once, from the loop: what went wrong, or FAULT_NONE, and what its program has exited with, or 0.
 * False with err when it could not begin.
 */
bool client_start(struct client *, struct host *, int fd, int type, const struct peer *,
    const char *name, struct hub *hub,
    void (*done)(void *arg, struct client *, const struct error *, int status), void *arg,
    struct error *);

/* Closes what is open. A program that runs for it is the children's own matter from here on. */
void client_stop(struct client *);

/* The bytes that went to and from a client that is relayed. */
void client_counts(const struct client *, uint64_t *sent, uint64_t *received);

#endif
