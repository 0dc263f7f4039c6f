#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include <bsd/sys/queue.h>

#include "net/signals.h"
#include "open/opening.h"
#include "service/conversation.h"

struct client;
struct common;

/*
 * What a peer is joined to: standard input and output, a program, a relay, a room. What clients of
 * a service have in common is a struct that begins with struct common, and a client one that begins
 * with struct client.
 */
struct service {
	size_t client_size;
	bool stdio; /* needs standard input and output; else of datagrams each sender is a client */
	bool nodelay; /* what is written is not to wait until what was written before is acknowledged
		      */
	bool dials;  /* a connection for each client: nothing of it shows, and --wait is for that */
	/* Opens and closes what clients have in common. NULL: nothing. */
	bool (*open)(struct common *, struct error *);
	void (*close)(struct common *);
	/*
	 * How many descriptors the next client will take besides its own, with those that others
	 * before it are going to. NULL: none.
	 */
	int (*descriptors)(const struct common *);
	/* What is declared for clients below. */
	bool (*start)(struct client *, struct error *);
	bool (*may_drop)(struct client *); /* NULL: none ever is idle */
	void (*drop)(struct client *, const struct error *);
	void (*stop)(struct client *);
	/* The bytes that went to and from it. False: they were not carried by strait. */
	bool (*counts)(const struct client *, uint64_t *sent, uint64_t *received);
};

/* Whom a service tells of its clients, with arg. */
struct client_calls {
	/*
	 * A client has ended: what went wrong, or FAULT_NONE, and what its program has exited with,
	 * or -1 where none was run.
	 */
	void (*done)(void *arg, struct client *, const struct error *, int status);
	/*
	 * It has finished and there is nothing for it now, so that it may be dropped where there is
	 * no room for others; or there is something for it again. NULL: nobody wants to know.
	 */
	void (*idles)(void *arg, struct client *, bool idle);
	/* What clients have in common has failed: there is nothing to be done for any. */
	void (*failed)(void *arg, const struct error *);
};

/* What the clients of a service have in common. */
struct common {
	const struct service *service;
	struct talk_rules rules;
	const struct layer *const *layers; /* of connections that come; NULL: none */
	/* Whoever chose the service sets the above; whoever opens it these. */
	struct loop *loop;
	struct signals *signals;
	struct observer *observer;
	bool
	    concurrent; /* there are several clients at once; else one after the other, if at all */
	bool listens;    /* the first one is waited for */
	const struct client_calls *calls;
	void *arg;
};

bool service_open(struct common *, struct error *);
void service_close(struct common *); /* once its clients are stopped */
int service_descriptors(const struct common *);

/* What counts for a server that has to make room. */
enum client_state {
	CLIENT_ACTIVE,
	CLIENT_IDLE,   /* it has finished, and there is nothing for it now */
	CLIENT_LEAVING /* it was dropped, and its program has not exited yet */
};

/* A peer that a service is joined to, whichever of the two has connected to the other. */
struct client {
	LIST_ENTRY(client) link;       /* the server's */
	TAILQ_ENTRY(client) idle_link; /* the server's */
	enum client_state state;       /* the server's */
	int64_t idle_since;            /* of one in CLIENT_IDLE */
	struct common *common;
	int64_t began_at;
	char name[ADDRESS_TEXT]; /* the server's */
	struct connection connection;
	struct handshake handshake; /* before it is served; its loop is NULL otherwise */
};

/* A client that nothing is known of yet, to be freed; NULL when memory is short. */
struct client *client_new(struct common *);

/*
 * Begins to serve a client, whose connection has been set up and is closed by the time that
 * calls->done is called: once, from the loop. False with err when it could not begin; the
 * connection is closed then, too.
 */
bool client_start(struct client *, struct error *);

/* Whether a client in CLIENT_IDLE may be dropped: all that was sent to it is acknowledged. */
bool client_may_drop(struct client *);

/*
 * Ends it for a reason of ours: calls->done is called with that, at once or, where a program has to
 * exit, which is told to hang up, after that.
 */
void client_drop(struct client *, const struct error *);

/* Makes a client that has ended one that nothing is known of. */
void client_renew(struct client *);

/* Closes what is open. A program that runs for it is the service's own matter from here on. */
void client_stop(struct client *);

/* Tells the observer what became of a client, as done says it. */
void client_tell(const struct client *, const struct error *, int status);

/* For services: calls those who serve the client. */
void client_done(struct client *, const struct error *, int status);
void client_idles(struct client *, bool idle);

#endif
