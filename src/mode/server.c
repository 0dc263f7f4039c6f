#include "mode/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/clock.h"
#include "base/number.h"
#include "mode/listening.h"
#include "mode/say.h"
#include "net/socket.h"

#define MEMORY_KEPT (4 << 20)

static void
server_end(struct server *s, int status)
{
	s->status = status;
	loop_stop(&s->loop);
}

void
server_failed(void *arg, const struct error *error)
{
	server_end(arg, complain(error));
}

bool
server_admits(void *arg, int fd, const struct peer *peer)
{
	struct server *s = arg;
	struct event event = {.text = access_refusal(&s->access, fd, peer)};
	char name[ADDRESS_TEXT];
	bool wait;

	if (event.text != NULL) {
		event.kind = EVENT_REFUSED;
	} else if ((s->kind->refuses || s->slots.most == 0) && slots_full(&s->slots, &wait)) {
		event.kind = EVENT_FULL;
		event.count = s->slots.most;
		event.always = !s->told_full;
		s->told_full = true;
	} else {
		return true;
	}
	event.name = listening_name(name, &s->listener, peer);
	event.address = &peer->address;
	event_tell(&s->printer.observer, event);
	return false;
}

struct client *
server_new_client(struct server *s, const struct peer *peer, struct error *err)
{
	struct client *c = client_new(&s->config.common);

	if (c == NULL) {
		error_errno(err, FAULT_LOCAL, "memory");
		return NULL;
	}
	listening_name(c->name, &s->listener, peer);
	event_tell(&s->printer.observer,
	    (struct event){.kind = EVENT_RECEIVED, .name = c->name, .address = &peer->address});
	return c;
}

bool
server_begin(struct server *s, struct client *c, struct error *err)
{
	if (!client_start(c, err)) {
		free(c);
		return false;
	}
	progress_begin(&s->progress);
	LIST_INSERT_HEAD(&s->clients, c, link);
	slots_take(&s->slots, c);
	return true;
}

struct client *
server_accept(
    struct server *s, int fd, const struct peer *peer, struct demux *demux, struct error *err)
{
	struct client *c = server_new_client(s, peer, err);

	if (c == NULL) {
		(void)(demux == NULL ? socket_abandon(fd) : -1);
		return NULL;
	}
	if (demux != NULL) {
		connection_init_flow(&c->connection, demux, fd, peer, c->name);
	} else {
		connection_init(&c->connection, fd, s->listener.type, peer, c->name);
		c->connection.selective = true;
	}
	return server_begin(s, c, err) ? c : NULL;
}

void
server_tell_failed(
    struct server *s, const struct peer *peer, const struct error *error, bool always)
{
	char name[ADDRESS_TEXT];

	event_tell(&s->printer.observer, (struct event){.kind = EVENT_FAILED,
					     .name = listening_name(name, &s->listener, peer),
					     .address = &peer->address,
					     .error = error,
					     .always = always});
}

static void
server_client_ended(void *arg, struct client *c, const struct error *error, int status)
{
	struct server *s = arg;

	client_tell(c, error, status);
	progress_add(&s->progress, c);
	if (!s->kind->many)
		server_end(s, conclude(error, status));
	/* Standard input or output has failed, which all clients share. */
	else if (error->fault == FAULT_STANDARD)
		server_failed(s, error);
	client_tell_figures(c);
	LIST_REMOVE(c, link);
	slots_free(&s->slots, c);
	free(c);
	listener_wake(&s->listener);
	if (s->kind->wake != NULL)
		s->kind->wake(s);
}

static void
server_client_idles(void *arg, struct client *c, bool idle)
{
	struct server *s = arg;

	slots_change(&s->slots, c, idle ? CLIENT_IDLE : CLIENT_ACTIVE);
	listener_wake(&s->listener);
}

/* Whether dropping a client may help. */
static bool
is_resource_shortage(int number)
{
	return number == EMFILE || number == ENFILE || number == ENOMEM || number == ENOBUFS;
}

/* A server for many clients waits and goes on; each cause is reported once. */
static void
accept_failed(void *arg, const struct error *error)
{
	struct server *s = arg;
	const int number = error->number;

	/* With a single client there is no other one to drop. */
	if (listener_is_lost(number) || (!s->kind->many && number == EMFILE)) {
		server_failed(s, error);
	} else if (is_resource_shortage(number) && slots_make_room(&s->slots)) {
		listener_wake(&s->listener);
	} else if (is_resource_shortage(number) && slots_have_idle(&s->slots)) {
		listener_rest(&s->listener);
	} else if (s->listener.reported_errno != number) {
		s->listener.reported_errno = number;
		event_tell(
		    &s->printer.observer, (struct event){.kind = EVENT_SHORTAGE, .error = error});
	}
}

/* -1 if new clients must wait, else how many descriptors the next one needs besides its own. */
static int
spare_or_wait(void *arg)
{
	struct server *s = arg;
	bool wait;

	(void)slots_full(&s->slots, &wait);
	return wait ? -1 : service_descriptors(&s->config.common);
}

bool
server_listen(
    struct server *s, void (*arrived)(void *arg, int fd, const struct peer *), struct error *err)
{
	const struct listener_calls calls = {.descriptors = spare_or_wait,
	    .admit = server_admits,
	    .arrived = arrived,
	    .failed = accept_failed};

	return listener_start(&s->listener, &s->loop, &calls, s, err);
}

/* Keeps freed memory for the next client, instead of returning it to the system each time. */
static void
keep_memory(void)
{
#ifdef M_TRIM_THRESHOLD
	(void)mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT);
#endif
}

static void
no_client_came(void *arg)
{
	struct server *s = arg;
	struct error error;
	char text[32];

	error_set(&error, FAULT_TIME, "timed out: no client came within %s",
	    duration_text(text, s->options->wait));
	server_failed(s, &error);
}

/* --wait is the time for the first client; of a relay, for connecting each of them. */
static bool
start_waiting(struct server *s, struct error *err)
{
	const int64_t wait = s->config.common.service->dials ? -1 : s->options->wait;

	return wait < 0 || timer_start(&s->wait_timer, &s->loop, clock_after(clock_now(), wait),
			       no_client_came, s, err);
}

static bool
server_open_service(struct server *s, struct error *err)
{
	static const struct client_calls calls = {
	    .done = server_client_ended, .idles = server_client_idles, .failed = server_failed};
	struct common *common = &s->config.common;

	common->loop = &s->loop;
	common->signals = &s->signals;
	common->observer = &s->printer.observer;
	common->concurrent = s->kind->many;
	common->listens = true;
	common->calls = &calls;
	common->arg = s;
	return service_open(common, err);
}

static bool
server_start(struct server *s, struct error *err)
{
	const struct options *o = s->options;
	const struct service *service;

	if (!options_settings(&s->settings, o, s->key, err) ||
	    !service_config_make(
		&s->config, o, &s->settings, &s->loop, &s->printer.observer, err) ||
	    !access_open(&s->access, o, &s->printer.observer, err))
		return false;
	service = s->config.common.service;
	if (service->nodelay && !o->local)
		s->settings.nodelay = true;
	if ((o->local || o->json || o->stats || o->progress || options_many(o) || !service->stdio ||
		o->inherit != INHERIT_NOTHING) &&
	    !signals_catch(&s->signals, &s->loop, err))
		return false;
	if (!listening_open(&s->listener, o, &s->settings, err) || !server_open_service(s, err) ||
	    !s->kind->start(s, err) || !start_waiting(s, err))
		return false;
	if (s->kind->many)
		keep_memory();
	listening_tell(&s->listener, o, &s->printer.observer);
	return true;
}

/* Stops all clients, and waits for programs that must end with the server. */
static void
server_close(struct server *s)
{
	struct client *c, *next;
	struct error error;

	listener_stop(&s->listener);
	if (s->kind->stop != NULL)
		s->kind->stop(s);
	LIST_FOREACH(c, &s->clients, link) {
		client_stop(c);
		client_tell_figures(c);
	}
	if (s->config.common.loop != NULL)
		service_close(&s->config.common);
	LIST_FOREACH_SAFE(c, &s->clients, link, next)
		free(c);
	if (!service_config_free(&s->config, &error) && s->status == 0)
		s->status = (int)error.fault;
	listener_close(&s->listener);
	access_close(&s->access);
	signals_release(&s->signals);
	loop_free(&s->loop);
}

/* How far it is: the clients there are, or what a first one is waited for at. */
static void
server_look(void *arg, struct reading *f, char *space)
{
	const struct server *s = arg;
	const struct client *c;
	char name[ADDRESS_TEXT];

	LIST_FOREACH(c, &s->clients, link)
		progress_count(f, c);
	if (s->progress.running)
		return;
	snprintf(space, PROGRESS_SPACE, "listening on %s%s",
	    address_text(name, &s->listener.bound[0]), s->listener.count > 1 ? ", ..." : "");
	f->waiting = space;
}

int
server_run(struct server *s, const struct options *o, const struct server_kind *kind)
{
	struct error error;

	s->options = o;
	s->kind = kind;
	s->signals.dying = say_dying;
	slots_open(&s->slots, options_most(o));
	printer_init(&s->printer, o);
	loop_init(&s->loop);
	if (!progress_open(
		&s->progress, o, &s->loop, &s->printer.observer, server_look, s, &error) ||
	    !server_start(s, &error) || !loop_run(&s->loop, &error))
		s->status = complain(&error);
	progress_close(&s->progress);
	server_close(s);
	return s->status;
}
