#ifndef MODE_SERVER_H
#define MODE_SERVER_H

#include "mode/access.h"
#include "mode/printer.h"
#include "mode/service_config.h"
#include "mode/slots.h"
#include "net/timer.h"
#include "open/listen.h"

/*
 * What servers have in common, whether for one or for many, for streams or for datagrams: what they
 * listen on, whom they admit, what clients are joined to, and how many there are.
 */
struct server {
	const struct server_kind *kind;
	const struct options *options;
	struct loop loop;
	struct printer printer;
	struct signals signals; /* caught while there is something to remove */
	struct settings settings;
	char key[SECRET_MAX];
	struct access access;
	struct listener listener;
	struct timer wait_timer; /* until somebody has come */
	struct service_config config;
	LIST_HEAD(, client) clients;
	struct slots slots;
	bool told_full; /* that somebody was refused */
	int status;
};

/* A kind of server. It may have a struct of its own, which begins with struct server. */
struct server_kind {
	bool many;    /* there are several clients, none of which ends the server */
	bool refuses; /* peers for whom there is no place; else others give way */
	/* Begins to wait for peers, once all else is ready. */
	bool (*start)(struct server *, struct error *);
	/* NULL: the listener is all that waits. */
	void (*stop)(struct server *);
	void (*wake)(struct server *); /* there may be room for a client */
};

/* Serves until it ends, and closes all. Returns the exit status. The server is of zeroes. */
int server_run(struct server *, const struct options *, const struct server_kind *);

/* Serves many who send datagrams. */
int serve_datagrams(const struct options *);

/* Ends the server with an error, which is told; arg: the server. */
void server_failed(void *arg, const struct error *);

/* Begins to wait for peers at the listener; arrived as struct listener_calls says. */
bool server_listen(
    struct server *, void (*arrived)(void *arg, int fd, const struct peer *), struct error *);

/* Whether a peer may come in: arg is the server, fd as struct listener_calls says. */
bool server_admits(void *arg, int fd, const struct peer *);

/*
 * Begins to serve a peer that has come: on a socket, which is the client's from here on, or, if
 * demux is not NULL, by a flow of its own on the demux's socket fd. NULL with err.
 */
struct client *server_accept(
    struct server *, int fd, const struct peer *, struct demux *demux, struct error *);

/* The same in two steps: a client, which is given its connection in between. */
struct client *server_new_client(struct server *, const struct peer *, struct error *);
bool server_begin(struct server *, struct client *, struct error *);

/* Tells that a peer could not be served; unasked: also where little is told. */
void server_tell_failed(struct server *, const struct peer *, const struct error *, bool always);

#endif
