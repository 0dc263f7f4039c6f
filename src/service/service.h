#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include <bsd/sys/queue.h>

#include "base/figures.h"
#include "net/signals.h"
#include "open/opening.h"
#include "service/conversation.h"

struct client;
struct common;

/*
 * What a peer is joined to: standard input and output, a program, a relay, a room. What the clients
 * of a service share is a struct that begins with struct common; a client is one that begins with
 * struct client.
 */
struct service {
	size_t client_size;
	bool stdio; /* uses standard input and output; else each sender of datagrams is a client */
	bool nodelay; /* small writes are sent at once (TCP_NODELAY) */
	bool dials; /* connects for each client, which --wait limits; standard output is not used */
	/* Opens and closes what the clients share. NULL: nothing. */
	bool (*open)(struct common *, struct error *);
	void (*close)(struct common *);
	/*
	 * How many descriptors to keep free for the next client, besides its own, and for clients
	 * that are still starting. NULL: none.
	 */
	int (*descriptors)(const struct common *);
	/* See the functions for clients below. */
	bool (*start)(struct client *, struct error *);
	bool (*may_drop)(struct client *); /* NULL: clients never idle */
	void (*drop)(struct client *, const struct error *);
	void (*stop)(struct client *);
	/* The bytes sent to and received from the client. False: strait did not carry them. */
	bool (*counts)(const struct client *, uint64_t *sent, uint64_t *received);
	/* Adds what else it knows of the client's conversation. NULL: nothing. */
	void (*measure)(const struct client *, struct figures *);
};

/* What a service calls for its clients, with arg. */
struct client_calls {
	/*
	 * A client has ended, with an error or FAULT_NONE, and with the exit status of its program,
	 * or -1 if there was none.
	 */
	void (*done)(void *arg, struct client *, const struct error *, int status);
	/*
	 * A client has finished and nothing waits to be sent to it, so that it may be dropped in
	 * favour of others; or that has changed. May be NULL.
	 */
	void (*idles)(void *arg, struct client *, bool idle);
	/* What the clients share has failed: no client can be served. */
	void (*failed)(void *arg, const struct error *);
};

/* What the clients of a service share. */
struct common {
	const struct service *service;
	struct talk_rules rules;
	const struct layer *const *layers; /* run on each accepted connection; NULL: none */
	/* Those above are set when the service is chosen, these when it is opened. */
	struct loop *loop;
	struct signals *signals;
	struct observer *observer;
	bool concurrent; /* several clients at the same time; else one at a time */
	bool listens;    /* clients connect to strait; else strait connects */
	const struct client_calls *calls;
	void *arg;
};

bool service_open(struct common *, struct error *);
void service_close(struct common *); /* after all clients were stopped */
int service_descriptors(const struct common *);

/* The states of a client that matter when a server needs room for another. */
enum client_state {
	CLIENT_ACTIVE,
	CLIENT_IDLE,   /* it has finished, and nothing waits to be sent to it */
	CLIENT_LEAVING /* it was dropped, and its program has not exited yet */
};

/* A peer of a service, whichever side has connected. */
struct client {
	LIST_ENTRY(client) link;       /* the server's */
	TAILQ_ENTRY(client) idle_link; /* the server's */
	enum client_state state;       /* the server's */
	int64_t idle_since;            /* when it became CLIENT_IDLE */
	struct common *common;
	int64_t began_at;
	char name[ADDRESS_TEXT]; /* the server's */
	struct connection connection;
	/* With --stats: what TCP said at the end; and how long opening took, if strait connects. */
	struct figures figures;
	struct handshake handshake; /* under way while its loop is not NULL */
};

/* A new client without a connection, which the caller frees; NULL: no memory. */
struct client *client_new(struct common *);

/*
 * Starts to serve a client whose connection is set. calls->done is called once, from the loop,
 * after the connection was closed. False with err; the connection is closed then, too.
 */
bool client_start(struct client *, struct error *);

/* Whether a client in CLIENT_IDLE may be dropped: everything sent to it is acknowledged. */
bool client_may_drop(struct client *);

/*
 * Ends a client with an error of the caller, which calls->done is called with: at once, or after
 * the client's program, which gets SIGHUP, has exited.
 */
void client_drop(struct client *, const struct error *);

/* Resets a client that has ended, so that it can be used again. */
void client_renew(struct client *);

/* Closes everything of a client. The service goes on waiting for its program. */
void client_stop(struct client *);

/* Reports the end of a client to the observer, with the arguments of done. */
void client_tell(const struct client *, const struct error *, int status);

/*
 * With --stats, reports the figures of a client to the observer: once its connection is closed.
 * Does nothing if it was not started.
 */
void client_tell_figures(const struct client *);

/* How long it took to connect, for its figures. */
void client_opened(struct client *, const struct opening *);

/* For services: with --trace, tells the observer what was decided about a client. */
void client_trace(const struct client *, const char *text);

/*
 * For services: whether a client was reset before it could be served, so that nothing is to be
 * started for it. Then its connection is closed, and err says why (FAULT_PEER).
 */
bool client_has_gone(struct client *, struct error *);

/* For services: these call client_calls. */
void client_done(struct client *, const struct error *, int status);
void client_idles(struct client *, bool idle);

#endif
