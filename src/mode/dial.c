#include <bsd/string.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mode/mode.h"
#include "mode/printer.h"
#include "mode/progress.h"
#include "mode/say.h"
#include "mode/service_config.h"
#include "net/descriptor.h"
#include "net/pass.h"
#include "net/socket.h"
#include "open/opening.h"

/* How many addresses that answer a broadcast are remembered, so that each is reported once. */
#define ANSWERERS_MAX 64

/* Connects to a port, or to several in turn, and joins each connection to the service. */
struct dialling {
	const struct options *options;
	struct loop loop;
	struct signals signals;
	char key[SECRET_MAX];
	struct settings settings;
	struct destination to;
	struct local_name name; /* of our own unix socket */
	struct opening opening;
	struct printer printer;
	struct progress progress;
	struct service_config config;
	struct client *client;
	size_t answerers; /* that have answered a broadcast; the addresses of the last: */
	struct address answered[ANSWERERS_MAX];
	int status; /* the first that is not 0 */
};

static void
dial_fail(struct dialling *d, const struct error *error)
{
	d->status = complain(error);
	loop_stop(&d->loop);
}

/* The conversation with one of the ports has ended. */
static void
talk_done(struct dialling *d, int status)
{
	if (d->status == 0)
		d->status = status;
	/* Standard input or output has failed: it would fail with the next port, too. */
	if (status == FAULT_STANDARD)
		loop_stop(&d->loop);
	else
		opening_next(&d->opening);
}

/* The exit status is the program's, unless that is 0 and the conversation has failed. */
static void
dial_client_ended(void *arg, struct client *c, const struct error *error, int status)
{
	struct dialling *d = arg;
	int result;

	client_tell(c, error, status);
	result = conclude(error, status);
	client_tell_figures(c);
	progress_add(&d->progress, c);
	client_renew(c);
	talk_done(d, result);
}

/* -F: passes the socket to the program that has asked for it. */
static void
pass_on(struct dialling *d, struct connection *c)
{
	struct error error;
	const bool passed =
	    connection_is_plain_socket(c)
		? pass_descriptor(c->fd, &error)
		: error_set(&error, FAULT_PEER,
		      "-F: %s has sent more than can be passed with the socket", c->name);

	connection_close(c, false);
	if (passed)
		loop_stop(&d->loop);
	else
		dial_fail(d, &error);
}

/* An address has answered a broadcast or multicast. */
static bool
dial_answered(void *arg, const struct peer *from)
{
	struct dialling *d = arg;
	char text[ADDRESS_TEXT];

	if (d->options->verbose == 0 && !d->options->json)
		return true;
	for (size_t i = 0; i < d->answerers && i < ANSWERERS_MAX; i++)
		if (address_equal(&d->answered[i], &from->address))
			return true;
	d->answered[d->answerers++ % ANSWERERS_MAX] = from->address;
	event_tell(&d->printer.observer, (struct event){.kind = EVENT_ANSWERED,
					     .name = address_text(text, &from->address),
					     .address = &from->address});
	return true;
}

/* Joins the connection to the service, or passes it on. */
static void
dial_connected(struct dialling *d, struct connection *c)
{
	struct error error;

	if (d->options->pass) {
		pass_on(d, c);
		return;
	}
	strlcpy(d->client->name, c->name, sizeof(d->client->name));
	if (c->type == SOCK_DGRAM) {
		(void)connection_end(c);
		if (attempt_is_unconnected(&d->opening.target.params, &c->peer.address))
			datagram_to_group(&c->own.datagram, dial_answered, d);
		else
			opening_move_on(&d->opening);
	}
	client_opened(d->client, &d->opening);
	progress_begin(&d->progress);
	if (!client_start(d->client, &error))
		dial_fail(d, &error);
}

static void
dial_opened(void *arg, struct connection *connection, const struct error *error)
{
	struct dialling *d = arg;

	if (connection != NULL) {
		dial_connected(d, connection);
		return;
	}
	if (error->fault != FAULT_NONE) {
		d->status = (int)error->fault;
		if (!d->opening.reported || d->options->verbose == 0 || d->options->json)
			complain(error);
	}
	loop_stop(&d->loop);
}

static void
dial_tell_retry(void *arg, const struct error *cause)
{
	event_tell(&((struct dialling *)arg)->printer.observer,
	    (struct event){.kind = EVENT_RETRY, .error = cause});
}

/* Whether standard input has data already, which can go with the first packet (--fastopen). */
static bool
input_is_ready(void *arg)
{
	const struct dialling *d = arg;
	const struct options *o = d->options;

	return !o->recv_only && !o->pass && d->config.common.service->stdio &&
	       socket_unread(STDIN_FILENO) > 0;
}

/* The service that the connection will be joined to. */
static bool
dial_open_service(struct dialling *d, struct error *err)
{
	static const struct client_calls calls = {.done = dial_client_ended};
	struct common *common = &d->config.common;

	if (!service_config_make(
		&d->config, d->options, NULL, &d->loop, &d->printer.observer, err) ||
	    ((!common->service->stdio || d->options->json || d->options->stats ||
		 d->options->progress) &&
		!signals_catch(&d->signals, &d->loop, err)))
		return false;
	common->loop = &d->loop;
	common->signals = &d->signals;
	common->observer = &d->printer.observer;
	common->calls = &calls;
	common->arg = d;
	d->client = client_new(common);
	if (d->client == NULL)
		return error_errno(err, FAULT_LOCAL, "memory");
	return service_open(common, err);
}

static bool
dial_open(struct dialling *d, struct error *err)
{
	static const struct opening_calls calls = {
	    .done = dial_opened, .again = dial_tell_retry, .data_waits = input_is_ready};
	const struct options *o = d->options;
	const struct opening_rules rules = options_opening(o);

	return dial_open_service(d, err) && options_settings(&d->settings, o, d->key, err) &&
	       options_destination(&d->to, o, &d->settings, &d->printer.observer, err) &&
	       opening_start(&d->opening, &d->loop, &d->to, &rules, &d->client->connection,
		   &d->name, &d->signals, &calls, d, err);
}

/* How far it is: connected, or on the way there. */
static void
dial_look(void *arg, struct reading *f, char *space)
{
	const struct dialling *d = arg;
	char name[DESTINATION_NAME];

	if (d->client->began_at != 0) {
		progress_count(f, d->client);
		return;
	}
	snprintf(space, PROGRESS_SPACE, "connecting to %s",
	    destination_name(name, &d->to, d->opening.port != 0 ? d->opening.port : d->to.port));
	f->waiting = space;
}

int
dial(const struct options *o)
{
	struct dialling d = {.options = o, .signals.dying = say_dying};
	struct error error;

	loop_init(&d.loop);
	printer_init(&d.printer, o);
	if (!progress_open(&d.progress, o, &d.loop, &d.printer.observer, dial_look, &d, &error) ||
	    !dial_open(&d, &error) || !loop_run(&d.loop, &error))
		dial_fail(&d, &error);
	progress_close(&d.progress);
	if (d.client != NULL) {
		client_stop(d.client);
		client_tell_figures(d.client);
		service_close(&d.config.common);
	}
	opening_stop(&d.opening);
	options_destination_free(&d.to);
	local_remove(&d.name);
	free(d.client);
	if (!service_config_free(&d.config, &error) && d.status == 0)
		d.status = (int)error.fault;
	signals_release(&d.signals);
	loop_free(&d.loop);
	return d.status;
}
