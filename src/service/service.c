#include "service/service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "net/socket.h"

bool
service_open(struct common *common, struct error *err)
{
	return common->service->open == NULL || common->service->open(common, err);
}

void
service_close(struct common *common)
{
	if (common->service->close != NULL)
		common->service->close(common);
}

int
service_descriptors(const struct common *common)
{
	return common->service->descriptors != NULL ? common->service->descriptors(common) : 0;
}

struct client *
client_new(struct common *common)
{
	struct client *c = malloc(common->service->client_size);

	if (c == NULL)
		return NULL;
	c->common = common;
	client_renew(c);
	return c;
}

void
client_renew(struct client *c)
{
	struct common *common = c->common;

	memset(c, 0, common->service->client_size);
	c->common = common;
	c->figures.look_up = c->figures.connect = -1;
}

bool
client_has_gone(struct client *c, struct error *err)
{
	if (!c->common->listens || !c->connection.owned ||
	    (errno = socket_error(c->connection.fd)) == 0)
		return false;
	connection_close(&c->connection, false);
	error_errno(err, FAULT_PEER, "accept");
	return true;
}

/* The handshake has ended. */
static void
client_layers_done(void *arg, const struct error *error)
{
	struct client *c = arg;
	struct error failure = *error;

	if (error->fault == FAULT_NONE && c->common->service->start(c, &failure))
		return;
	connection_close(&c->connection, true);
	client_done(c, &failure, -1);
}

static bool
client_begin(struct client *c, struct error *err)
{
	const struct common *common = c->common;

	if (!common->listens || common->layers == NULL || c->connection.type != SOCK_STREAM)
		return common->service->start(c, err);
	if (opening_accept(&c->handshake, common->loop, &c->connection, common->layers,
		common->rules.idle, client_layers_done, c, err))
		return true;
	connection_close(&c->connection, true);
	return false;
}

bool
client_start(struct client *c, struct error *err)
{
	c->began_at = clock_now();
	if (c->common->rules.stats)
		c->connection.figures = &c->figures.tcp;
	if (client_begin(c, err))
		return true;
	c->began_at = 0;
	return false;
}

static bool
in_handshake(const struct client *c)
{
	return c->handshake.loop != NULL;
}

bool
client_may_drop(struct client *c)
{
	const struct service *service = c->common->service;

	return !in_handshake(c) && service->may_drop != NULL && service->may_drop(c);
}

void
client_drop(struct client *c, const struct error *cause)
{
	if (!in_handshake(c)) {
		c->common->service->drop(c, cause);
		return;
	}
	client_stop(c);
	client_done(c, cause, -1);
}

void
client_stop(struct client *c)
{
	if (!in_handshake(c)) {
		c->common->service->stop(c);
		return;
	}
	handshake_stop(&c->handshake);
	connection_close(&c->connection, true);
}

void
client_tell(const struct client *c, const struct error *error, int status)
{
	const struct common *common = c->common;
	struct event event = {
	    .kind = EVENT_CLOSED,
	    .name = c->name,
	    .datagrams = c->connection.type == SOCK_DGRAM,
	    .among_many = common->concurrent,
	    .unseen = common->service->dials,
	    .error = error,
	    .duration = clock_now() - c->began_at,
	    .status = status,
	    .address = c->connection.any_sender ? NULL : &c->connection.peer.address,
	};

	event.counted = common->service->counts(c, &event.sent, &event.received);
	event_tell(common->observer, event);
}

void
client_opened(struct client *c, const struct opening *o)
{
	c->figures.look_up = o->looked_up_in;
	c->figures.connect = o->connected_in;
}

void
client_tell_figures(const struct client *c)
{
	const struct common *common = c->common;
	struct figures figures = c->figures;

	if (!common->rules.stats || c->began_at == 0)
		return;
	figures.duration = clock_now() - c->began_at;
	figures.datagrams = c->connection.type == SOCK_DGRAM;
	(void)common->service->counts(c, &figures.sent, &figures.received);
	if (common->service->measure != NULL)
		common->service->measure(c, &figures);
	event_tell(common->observer, (struct event){.kind = EVENT_STATS,
					 .name = c->name,
					 .among_many = common->rules.one_of_several,
					 .figures = &figures});
}

void
client_trace(const struct client *c, const char *text)
{
	const struct tracer tracer = {.observer = c->common->observer, .name = c->connection.name};

	if (c->common->rules.trace)
		trace(&tracer, "%s", text);
}

void
client_done(struct client *c, const struct error *error, int status)
{
	c->common->calls->done(c->common->arg, c, error, status);
}

void
client_idles(struct client *c, bool idle)
{
	if (c->common->calls->idles != NULL)
		c->common->calls->idles(c->common->arg, c, idle);
}
