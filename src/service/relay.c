#include "service/relay.h"

#include <stdlib.h>

#include "service/peer_watch.h"
#include "service/talk.h"

/* Clients still connecting are counted up to this number, when descriptors are reserved. */
#define DIALLING_COUNTED 8

/* A client joined to a connection of its own. */
struct relay {
	struct talk talk;
	struct relay_dialling *dialling; /* until it is connected; then NULL */
	struct local_name name;          /* our own unix socket, if it needs a name */
	struct connection server;
};

/* What is needed only until the client is connected to the server. */
struct relay_dialling {
	struct peer_watch watch; /* whether the client has gone meanwhile */
	bool failed_before;      /* a try has failed */
	struct opening opening;
};

static struct relay *
relay_of(struct client *c)
{
	return (struct relay *)c;
}

/* Frees what was needed to connect. */
static void
dialling_free(struct client *c)
{
	struct relay *r = relay_of(c);
	struct relay_dialling *d = r->dialling;

	if (d == NULL)
		return;
	peer_watch_stop(&d->watch);
	opening_stop(&d->opening);
	free(d);
	r->dialling = NULL;
	((struct relay_common *)c->common)->dialling--;
}

static void
relay_stop(struct client *c)
{
	dialling_free(c);
	talk_stop(c);
	local_remove(&relay_of(c)->name);
}

static void
relay_ended(void *arg, const struct error *error)
{
	struct client *c = arg;
	const struct error copy = *error;

	relay_stop(c);
	client_done(c, &copy, -1);
}

static void
relay_opened(void *arg, struct connection *server, const struct error *error)
{
	struct client *c = arg;
	struct error failure;

	if (server == NULL) {
		relay_ended(c, error);
		return;
	}
	if (relay_of(c)->dialling->watch.finished)
		client_idles(c, false);
	client_trace(c, "relay: the server is connected");
	client_opened(c, &relay_of(c)->dialling->opening);
	dialling_free(c);
	conversation_near_connection(&relay_of(c)->talk.conversation, server);
	if (!talk_begin(c, &failure))
		relay_ended(c, &failure);
}

/* The server could not be reached; there will be another try. */
static void
relay_retries(void *arg, const struct error *cause)
{
	struct client *c = arg;

	relay_of(c)->dialling->failed_before = true;
	event_tell(c->common->observer, (struct event){.kind = EVENT_RETRY, .error = cause});
}

/* Whether the client has sent something that is not read yet. */
static bool
client_data_waits(void *arg)
{
	const struct client *c = arg;

	return connection_unread(&c->connection) > 0;
}

static void
client_gone(struct client *c, bool broken)
{
	struct error error;

	/* The data that it has sent is still to be delivered. */
	if (!broken && client_data_waits(c))
		return;
	error_set(&error, FAULT_PEER, "%s has disconnected", c->name);
	relay_ended(c, &error);
}

static bool
start_dialling(struct client *c, struct error *err)
{
	static const struct opening_calls calls = {
	    .done = relay_opened, .again = relay_retries, .data_waits = client_data_waits};
	struct relay_common *common = (struct relay_common *)c->common;
	struct loop *loop = c->common->loop;
	struct relay *r = relay_of(c);
	struct relay_dialling *d = r->dialling = calloc(1, sizeof(*d));

	if (d == NULL)
		return error_errno(err, FAULT_LOCAL, "memory");
	common->dialling++;
	return opening_start(&d->opening, loop, &common->to, &common->rules, &r->server, &r->name,
		   c->common->signals, &calls, r, err) &&
	       peer_watch_start(&d->watch, c, client_gone, err);
}

static bool
relay_start(struct client *c, struct error *err)
{
	if (client_has_gone(c, err))
		return false;
	client_trace(c, "relay: connects to the server");
	talk_prepare(c, relay_ended);
	if (start_dialling(c, err))
		return true;
	relay_stop(c);
	return false;
}

static bool
relay_may_drop(struct client *c)
{
	const struct relay_dialling *d = relay_of(c)->dialling;

	if (d == NULL)
		return talk_may_drop(c);
	return d->watch.finished && (d->failed_before || connection_unread(&c->connection) == 0);
}

static void
relay_drop(struct client *c, const struct error *cause)
{
	if (relay_of(c)->dialling != NULL)
		relay_ended(c, cause);
	else
		talk_drop(c, cause);
}

/* Look-ups and races need descriptors, too. */
static int
relay_descriptors(const struct common *common)
{
	const size_t dialling = ((const struct relay_common *)common)->dialling;

	return 2 * (dialling < DIALLING_COUNTED ? (int)dialling + 1 : DIALLING_COUNTED);
}

const struct service relay_service = {
    .client_size = sizeof(struct relay),
    .dials = true,
    .descriptors = relay_descriptors,
    .start = relay_start,
    .may_drop = relay_may_drop,
    .drop = relay_drop,
    .stop = relay_stop,
    .counts = talk_counts,
    .measure = talk_measure,
};
