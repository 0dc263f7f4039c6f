#ifndef MODE_SERVER_H
#define MODE_SERVER_H

#include "mode/access.h"
#include "mode/printer.h"
#include "mode/progress.h"
#include "mode/service_config.h"
#include "mode/slots.h"
#include "net/timer.h"
#include "open/listen.h"

/*
 * What all servers share, for one client or many, for streams or datagrams: the listener, the
 * access lists, the service that clients are joined to, and the clients.
 */
struct server {
	const struct server_kind *kind;
	const struct options *options;
	struct loop loop;
	struct printer printer;
	struct progress progress;
	struct signals signals; /* caught if there is something to clean up */
	struct settings settings;
	char key[SECRET_MAX];
	struct access access;
	struct listener listener;
	struct timer wait_timer; /* --wait: until the first client has come */
	struct service_config config;
	LIST_HEAD(, client) clients;
	struct slots slots;
	bool told_full; /* reported: that a client was rejected */
	int status;
};

/* A kind of server. Its own struct, if it has one, begins with struct server. */
struct server_kind {
	bool many;    /* there are many clients, and the end of one does not end the server */
	bool refuses; /* rejects clients if it is full; else it drops idle ones */
	/* Starts waiting for clients, when all else is ready. */
	bool (*start)(struct server *, struct error *);
	/* Stops that. NULL: nothing but the listener is to be stopped. */
	void (*stop)(struct server *);
	void (*wake)(struct server *); /* there may be room for a client; or NULL */
};

/* Runs a zero-initialized server, and closes it. Returns the exit status. */
int server_run(struct server *, const struct options *, const struct server_kind *);

/* Serves many senders of datagrams. */
int serve_datagrams(const struct options *);

/* Prints an error and ends the server. arg: the server. */
void server_failed(void *arg, const struct error *);

/* Starts accepting at the listener; arrived is as in struct listener_calls. */
bool server_listen(
    struct server *, void (*arrived)(void *arg, int fd, const struct peer *), struct error *);

/* Whether to admit a peer; reports it if not. arg: the server; fd is as in struct listener_calls.
 */
bool server_admits(void *arg, int fd, const struct peer *);

/*
 * Starts serving a peer: on the socket fd, which the client then owns; or, if demux is not NULL, by
 * a flow of its own on fd, which is the demux's socket. NULL with err.
 */
struct client *server_accept(
    struct server *, int fd, const struct peer *, struct demux *demux, struct error *);

/* The same in two steps: the caller sets up the client's connection in between. */
struct client *server_new_client(struct server *, const struct peer *, struct error *);
bool server_begin(struct server *, struct client *, struct error *);

/* Reports that a peer could not be served; always: also without -v. */
void server_tell_failed(struct server *, const struct peer *, const struct error *, bool always);

#endif
