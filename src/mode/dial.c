#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mode/choice.h"
#include "mode/mode.h"
#include "mode/printer.h"
#include "mode/say.h"
#include "net/descriptor.h"
#include "net/pass.h"
#include "net/socket.h"
#include "open/opening.h"

/* How many of those who answer what was broadcast are told once only. */
#define ANSWERERS_MAX 64

/* Connecting: a connection is opened, or one for each of several ports, and talked to. */
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
	struct choice choice;
	struct client *client;
	size_t answerers; /* to what was broadcast; of so many the addresses are known: */
	struct address answered[ANSWERERS_MAX];
	int status; /* the first that isn't 0 */
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
	/* What is wrong with standard input or output is so with the next port, too. */
	if (status == FAULT_STANDARD)
		loop_stop(&d->loop);
	else
		opening_next(&d->opening);
}

/* A program's status is ours, unless all seems well to it and is not. */
static void
client_ended(void *arg, struct client *c, const struct error *error, int status)
{
	const int result = conclude(error, status);

	client_renew(c);
	talk_done(arg, result);
}

/* Gives the socket away: who has asked for it talks. */
static void
pass_on(struct dialling *d, struct connection *c)
{
	struct error error;
	const bool passed =
	    connection_is_bare(c)
		? pass_descriptor(c->fd, &error)
		: error_set(&error, FAULT_PEER,
		      "-F: %s has sent more than can be passed with the socket", c->name);

	connection_close(c, false);
	if (passed)
		loop_stop(&d->loop);
	else
		dial_fail(d, &error);
}

/* Somebody has answered what was sent to many. */
static bool
hear_answer(void *arg, const struct peer *from)
{
	struct dialling *d = arg;
	char text[ADDRESS_TEXT];

	if (d->options->verbose == 0)
		return true;
	for (size_t i = 0; i < d->answerers && i < ANSWERERS_MAX; i++)
		if (address_equal(&d->answered[i], &from->address))
			return true;
	d->answered[d->answerers++ % ANSWERERS_MAX] = from->address;
	event_tell(&d->printer.observer,
	    (struct event){.kind = EVENT_ANSWERED, .name = address_text(text, &from->address)});
	return true;
}

/* Joins the connection to what it is for. */
static void
dial_connected(struct dialling *d, struct connection *c)
{
	struct error error;

	destination_reached(&d->to, d->opening.port, &d->printer.observer);
	if (d->options->pass) {
		pass_on(d, c);
		return;
	}
	if (c->type == SOCK_DGRAM) {
		(void)connection_end(c);
		if (origin_is_loose(&d->opening.target.origin, &c->peer.address))
			datagram_to_group(&c->own.datagram, hear_answer, d);
		else
			opening_move_on(&d->opening);
	}
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
		if (!d->opening.told)
			notice("%s", error->text);
		d->status = (int)error->fault;
	}
	loop_stop(&d->loop);
}

static void
tell_again(void *arg, const struct error *cause)
{
	event_tell(&((struct dialling *)arg)->printer.observer,
	    (struct event){.kind = EVENT_AGAIN, .error = cause});
}

/* With -v there is a line for each address where there was nobody at a port. */
static bool
tell_missed(void *arg, const char *name, const struct attempt *attempts, size_t count, bool lost)
{
	const struct options *o = ((const struct dialling *)arg)->options;
	const bool told = o->verbose > (lost ? 0 : 1);
	char host[ADDRESS_TEXT];

	for (size_t i = 0; told && i < count; i++) {
		const struct attempt *a = &attempts[i];

		address_host(host, a->to);
		if (a->state != ATTEMPT_FAILED)
			continue;
		if (strcmp(host, o->host) == 0)
			notice("connect to %s: %s", name, strerror(a->failure));
		else
			notice("connect to %s (%s): %s", name, host, strerror(a->failure));
	}
	return told;
}

/* Whether standard input has something to say already, which can go with the first packet. */
static bool
input_waits(void *arg)
{
	const struct dialling *d = arg;
	const struct options *o = d->options;

	return !o->recv_only && !o->pass && d->choice.common.service->stdio &&
	       socket_unread(STDIN_FILENO) > 0;
}

/* What the connection will be joined to. */
static bool
open_service(struct dialling *d, struct error *err)
{
	static const struct client_calls calls = {.done = client_ended};
	struct common *common = &d->choice.common;

	if (!choose(&d->choice, d->options, NULL, err) ||
	    (!common->service->stdio && !signals_catch(&d->signals, &d->loop, err)))
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
	    .done = dial_opened, .again = tell_again, .missed = tell_missed, .eager = input_waits};
	const struct options *o = d->options;
	const struct opening_rules rules = options_opening(o);

	return open_service(d, err) && options_settings(&d->settings, o, d->key, err) &&
	       options_destination(&d->to, o, &d->settings, err) &&
	       opening_start(&d->opening, &d->loop, &d->to, &rules, &d->client->connection,
		   &d->name, &d->signals, &calls, d, err);
}

int
dial(const struct options *o)
{
	struct dialling d = {.options = o};
	struct error error;

	loop_init(&d.loop);
	printer_init(&d.printer, o->verbose, o->numeric);
	if (!dial_open(&d, &error) || !loop_run(&d.loop, &error))
		dial_fail(&d, &error);
	if (d.client != NULL) {
		client_stop(d.client);
		service_close(&d.choice.common);
	}
	opening_stop(&d.opening);
	options_destination_free(&d.to);
	local_remove(&d.name);
	free(d.client);
	choice_free(&d.choice);
	signals_release(&d.signals);
	loop_free(&d.loop);
	return d.status;
}
