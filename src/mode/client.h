#ifndef MODE_CLIENT_H
#define MODE_CLIENT_H

#include <bsd/sys/queue.h>

#include "mode/execution.h"
#include "mode/relay.h"
#include "open/opening.h"

/* What all clients of a server have in common. */
struct host {
	const struct options *options;
	struct loop *loop;
	struct relay_way way;
	struct children children;
	/* Standard input and output, and what comes in; NULL: there is one client alone. */
	struct stdio *stdio;
	struct fanout *fanout;
};

struct client;

/* Whom a client tells, with arg. */
struct client_calls {
	/*
	 * It has ended: what went wrong, or FAULT_NONE, and what its program has exited with, or 0.
	 */
	void (*done)(void *arg, struct client *, const struct error *, int status);
	/*
	 * It has finished and there is nothing for it now, so that it may be dropped where there is
	 * no room for others; or there is something for it again.
	 */
	void (*idles)(void *arg, struct client *, bool idle);
};

/* What counts for a server that has to make room. */
enum client_state {
	CLIENT_ACTIVE,
	CLIENT_IDLE,   /* it has finished, and there is nothing for it now */
	CLIENT_LEAVING /* it was dropped, and its program has not exited yet */
};

/* A client, joined to standard input and output, to a program of its own, or to another host. */
struct client {
	LIST_ENTRY(client) link;
	TAILQ_ENTRY(client) idle_link; /* the server's */
	enum client_state state;       /* the server's */
	int64_t idle_since;            /* of one in CLIENT_IDLE */
	struct host *host;
	char name[ADDRESS_TEXT];
	struct connection connection;
	struct handshake handshake; /* before the service */
	union {
		struct conversation conversation;
		struct execution execution;
		struct relay relay;
	} talk;
	const struct client_calls *calls;
	void *arg;
};

/*
 * Gives a client, of zeroes, its name and its connection: a socket, which is the client's from here
 * on, or, if demux is not NULL, a flow of the demultiplexer's socket fd.
 */
void client_open(
    struct client *, int fd, int type, const struct peer *, const char *name, struct demux *demux);

/*
 * Begins to serve a client, whose connection has been set up and is closed by the time that
 * calls->done is called: once, from the loop. False with err when it could not begin; the
 * connection is closed then, too.
 */
bool client_start(
    struct client *, struct host *, const struct client_calls *calls, void *arg, struct error *);

/* Whether a client in CLIENT_IDLE may be dropped: all that was sent to it is acknowledged. */
bool client_may_drop(struct client *);

/*
 * Ends it for a reason of ours: calls->done is called with that, at once or, where a program has to
 * exit, which is told to hang up, after that.
 */
void client_break(struct client *, const struct error *);

/* Closes what is open. A program that runs for it is the children's own matter from here on. */
void client_stop(struct client *);

/*
 * With -v, tells what became of a client among many that has ended, or of one that was relayed, as
 * done says it.
 */
void client_tell(const struct client *, const struct error *, int status);

/*
 * How many descriptors the next client will take besides its own, with those that others before it
 * are going to.
 */
int client_descriptors(const struct host *);

#endif
