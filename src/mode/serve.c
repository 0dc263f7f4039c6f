#include <bsd/string.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/clock.h"
#include "base/number.h"
#include "mode/access.h"
#include "mode/client.h"
#include "mode/flows.h"
#include "mode/input.h"
#include "mode/listening.h"
#include "mode/mode.h"
#include "mode/places.h"
#include "mode/room.h"
#include "mode/say.h"
#include "net/socket.h"
#include "net/timer.h"
#include "open/unconnected.h"

/*
 * Listening. Without -k the first peer that arrives is talked to, and nobody after it. With -k all
 * are, side by side: each is a client, or a member of the room, until it ends, which never ends the
 * server. Datagrams have no arrivals: either all who send are one conversation, a crowd, or, where
 * each is to have a program or a connection of his own, a demux tells them apart.
 */
struct guest {
	LIST_ENTRY(guest) link;
	struct serving *serving;
	struct connection connection;
	struct member member;
	char name[ADDRESS_TEXT];
};

struct serving {
	const struct options *options;
	struct loop loop;
	struct signals signals; /* caught while there is something to remove */
	struct settings settings;
	char key[SECRET_MAX];
	struct access access;
	struct listener listener;
	struct timer patience;    /* until somebody has come */
	struct stdio_watch watch; /* where nobody else looks after standard output */
	struct stdio stdio;       /* of all clients */
	struct input input;
	struct host host;
	LIST_HEAD(, client) clients;
	struct places places; /* of clients and of members */
	bool told_full;       /* that somebody was refused */
	struct room room;
	LIST_HEAD(, guest) guests;
	struct flows flows;
	struct unconnected unconnected;
	struct connection senders; /* all of them */
	struct conversation unconnected_talk;
	int status;
};

#define MEMORY_KEPT (4 << 20)

static void
serve_end(struct serving *s, int status)
{
	s->status = status;
	loop_stop(&s->loop);
}

static void
serve_failed(void *arg, const struct error *error)
{
	serve_end(arg, complain(error));
}

static bool
uses_stdio(const struct options *o)
{
	return !options_room(o) && !options_command(o) && o->to.text == NULL;
}

/* Whether the access lists admit somebody. */
static bool
is_allowed(const struct serving *s, int fd, const struct peer *peer)
{
	const char *refusal = access_refusal(&s->access, fd, peer);
	char name[ADDRESS_TEXT];

	if (refusal != NULL && s->options->verbose > 0)
		notice("refused %s: %s", listening_name(name, &s->listener, peer), refusal);
	return refusal == NULL;
}

/* Whether somebody may come in. */
static bool
may_enter(void *arg, int fd, const struct peer *peer)
{
	struct serving *s = arg;
	const struct options *o = s->options;
	char name[ADDRESS_TEXT];
	bool wait;

	if (!is_allowed(s, fd, peer))
		return false;
	if (!options_many(o) || !places_full(&s->places, &wait))
		return true;
	if (o->verbose > 0 || !s->told_full)
		notice("refused %s: there are %zu clients already%s",
		    listening_name(name, &s->listener, peer), options_most(o),
		    o->verbose == 0 ? "; others will be refused, too" : "");
	s->told_full = true;
	return false;
}

/* The same of who has sent a datagram to a crowd, which is one client. */
static bool
may_speak(void *arg, const struct peer *peer)
{
	const struct serving *s = arg;

	return is_allowed(s, -1, peer);
}

static void
client_idles(void *arg, struct client *c, bool idle)
{
	struct serving *s = arg;

	places_change(&s->places, c, idle ? CLIENT_IDLE : CLIENT_ACTIVE);
	listener_wake(&s->listener);
}

static void
client_done(void *arg, struct client *c, const struct error *error, int status)
{
	struct serving *s = arg;

	client_tell(c, error, status);
	if (!options_many(s->options))
		serve_end(s, conclude(error, status));
	/* What is wrong with standard input or output is so for all. */
	if (error->fault == FAULT_STANDARD && options_many(s->options))
		serve_end(s, complain(error));
	LIST_REMOVE(c, link);
	places_free(&s->places, c);
	free(c);
	listener_wake(&s->listener);
	demux_wake(&s->flows.demux);
}

static const struct client_calls client_calls = {.done = client_done, .idles = client_idles};

/* Begins to serve somebody. NULL if that fails, which is told. */
static struct client *
add_client(struct serving *s, int fd, const struct peer *peer, struct demux *demux)
{
	struct client *c = calloc(1, sizeof(*c));
	char name[ADDRESS_TEXT];
	struct error error;

	listening_name(name, &s->listener, peer);
	if (s->options->verbose > 0)
		say("Connection received on %s", name);
	if (c != NULL)
		client_open(c, fd, s->listener.type, peer, name, demux);
	if (c == NULL) {
		error_errno(&error, FAULT_LOCAL, "memory");
		(void)(demux == NULL ? socket_abandon(fd) : -1);
	} else if (client_start(c, &s->host, &client_calls, s, &error)) {
		LIST_INSERT_HEAD(&s->clients, c, link);
		places_take(&s->places, c);
		return c;
	}
	free(c);
	if (!options_many(s->options))
		serve_failed(s, &error);
	else if (s->options->verbose > 0 ||
		 (demux != NULL ? flows_tell_failure(&s->flows) : error.fault != FAULT_PEER))
		notice("%s: %s", name, error.text);
	return NULL;
}

static void
unconnected_done(void *arg, const struct error *error)
{
	serve_end(arg, conclude(error, 0));
}

/* The first of those who send datagrams: from here on all of them are one conversation. */
static void
meet_unconnected(struct serving *s, int fd, const struct peer *first)
{
	const struct options *o = s->options;
	const struct stdio_rules rules = {.no_input = o->recv_only, .no_output = o->send_only};
	struct conversation *talk = &s->unconnected_talk;
	char name[ADDRESS_TEXT];
	struct error error;

	listener_pause(&s->listener);
	loop_remove(&s->loop, &s->watch.task);
	if (o->verbose > 0)
		say("Connection received on %s", listening_name(name, &s->listener, first));
	conversation_begin(talk, &s->loop, o, unconnected_done, s);
	if (!unconnected_open(&s->unconnected, &s->loop, &s->listener, fd, first, may_speak, s,
		"the peers", &error)) {
		serve_failed(s, &error);
		return;
	}
	connection_init_many(&s->senders, &s->unconnected.end);
	conversation_far(talk, &s->senders);
	if (!conversation_near_stdio(talk, &rules, &error) || !conversation_start(talk, &error))
		serve_failed(s, &error);
}

static void
guest_free(struct guest *g, bool abandon)
{
	member_stop(&g->member);
	connection_close(&g->connection, abandon);
	LIST_REMOVE(g, link);
	free(g);
}

/* A member of the room has left. */
static void
guest_done(void *arg, const struct error *error)
{
	struct guest *g = arg;
	struct serving *s = g->serving;
	const bool named = strstr(error->text, g->name) != NULL;

	if (s->options->verbose > 0 && error->fault == FAULT_NONE)
		notice("%s: closed (%" PRIu64 " bytes sent, %" PRIu64 " received)", g->name,
		    g->member.sent, g->member.received);
	else if (s->options->verbose > 0)
		notice("%s%s%s", named ? "" : g->name, named ? "" : ": ", error->text);
	guest_free(g, named);
	places_leave(&s->places);
	listener_wake(&s->listener);
}

static void
room_failed(void *arg, const struct error *error)
{
	(void)arg;
	notice("%s", error->text);
}

static void
enter_room(struct serving *s, int fd, const struct peer *peer)
{
	struct guest *g = calloc(1, sizeof(*g));
	char name[ADDRESS_TEXT];
	struct error error;

	listening_name(name, &s->listener, peer);
	if (s->options->verbose > 0)
		say("Connection received on %s", name);
	if (g == NULL) {
		(void)socket_abandon(fd);
		notice("%s: memory: %s", name, strerror(errno));
		return;
	}
	g->serving = s;
	strlcpy(g->name, name, sizeof(g->name));
	connection_init(&g->connection, fd, s->listener.type, peer, g->name);
	LIST_INSERT_HEAD(&s->guests, g, link);
	if (member_start(
		&g->member, &s->room, connection_end(&g->connection), guest_done, g, &error)) {
		places_enter(&s->places);
	} else {
		notice("%s: %s", name, error.text);
		guest_free(g, true);
	}
}

static void
peer_arrived(void *arg, int fd, const struct peer *peer)
{
	struct serving *s = arg;
	const struct options *o = s->options;

	timer_stop(&s->patience);
	if (!options_many(o)) {
		listener_stop(&s->listener);
		loop_remove(&s->loop, &s->watch.task);
	}
	if (options_room(o))
		enter_room(s, fd, peer);
	else if (options_many(o) && o->datagrams)
		meet_unconnected(s, fd, peer);
	else
		(void)add_client(s, fd, peer, NULL);
}

/* Somebody new sends datagrams. */
static struct flow *
sender_arrived(void *arg, int fd, const struct peer *peer, int64_t *again)
{
	struct serving *s = arg;
	struct client *c;

	if (options_most(s->options) == 0 && !may_enter(s, -1, peer))
		return NULL;
	if (!is_allowed(s, -1, peer) ||
	    !flows_make_room(&s->flows, client_descriptors(&s->host), again))
		return NULL;
	timer_stop(&s->patience);
	c = add_client(s, fd, peer, &s->flows.demux);
	return c != NULL ? &c->connection.own.flow : NULL;
}

/* Whether a client less may help. */
static bool
is_shortage(int number)
{
	return number == EMFILE || number == ENFILE || number == ENOMEM || number == ENOBUFS;
}

/* A server for many rests, and goes on; what keeps it from accepting is told once. */
static void
accept_failed(void *arg, const struct error *error)
{
	struct serving *s = arg;

	/* One that is to have one peer only has nothing that it could close. */
	if (listener_is_lost(error->number) ||
	    (!options_many(s->options) && error->number == EMFILE)) {
		serve_failed(s, error);
	} else if (is_shortage(error->number) && places_make_room(&s->places)) {
		listener_wake(&s->listener);
	} else if (is_shortage(error->number) && places_have_idle(&s->places)) {
		listener_rest(&s->listener);
	} else if (s->listener.trouble != error->number) {
		s->listener.trouble = error->number;
		notice("%s; waiting", error->text);
	}
}

/* Standard input is read for all clients, unless each reads a file of it for itself. */
static bool
open_input(struct serving *s, struct error *err)
{
	const struct options *o = s->options;
	const struct stdio_rules rules = {
	    .no_input = o->recv_only, .no_output = o->send_only, .keep = true};

	if (!options_many(o) || o->datagrams)
		return true;
	if (!stdio_open(&s->stdio, &rules, err))
		return false;
	s->host.stdio = &s->stdio;
	s->host.fanout = &s->input.fanout;
	return s->stdio.kind.input_file || o->recv_only ||
	       input_open(&s->input, &s->loop, &s->stdio, serve_failed, s, err);
}

/* What clients have in common. */
static bool
open_host(struct serving *s, struct error *err)
{
	const struct options *o = s->options;

	s->host = (struct host){.options = o, .loop = &s->loop};
	places_open(&s->places, options_most(o));
	s->flows.places = &s->places;
	relay_prepare(&s->host.way, o, &s->settings, &s->signals);
	if (options_command(o))
		children_watch(&s->host.children, &s->signals);
	if (options_room(o))
		return room_open(&s->room, &s->loop,
		    &(struct room_rules){.chat = o->chat, .idle = o->idle}, room_failed, s, err);
	if (!uses_stdio(o))
		return true;
	return open_input(s, err) &&
	       (o->send_only || stdio_watch(&s->watch, &s->loop, serve_failed, s, err));
}

/* Whether the next client is to wait, or how many descriptors it will take besides its own. */
static int
spare_or_wait(void *arg)
{
	struct serving *s = arg;
	bool wait = false;

	(void)(options_many(s->options) && places_full(&s->places, &wait));
	return wait ? -1 : client_descriptors(&s->host);
}

static void
nobody_came(void *arg)
{
	struct serving *s = arg;
	struct error error;
	char text[32];

	error_set(&error, FAULT_TIME, "timed out: nobody came within %s",
	    duration_text(text, s->options->wait));
	serve_failed(s, &error);
}

/* --wait is for the first peer; of a relay, for what each client is connected to. */
static bool
start_waiting(struct serving *s, struct error *err)
{
	const int64_t wait = s->options->to.text == NULL ? s->options->wait : -1;

	return wait < 0 || timer_start(&s->patience, &s->loop, clock_after(clock_now(), wait),
			       nobody_came, s, err);
}

static bool
start_listening(struct serving *s, struct error *err)
{
	static const struct listener_calls calls = {.spare = spare_or_wait,
	    .admit = may_enter,
	    .arrived = peer_arrived,
	    .failed = accept_failed};
	const struct options *o = s->options;

	if (o->datagrams && options_many(o) && !uses_stdio(o))
		return demux_start(&s->flows.demux, &s->loop, &s->listener, sender_arrived, s, err);
	return listener_start(&s->listener, &s->loop, &calls, s, err);
}

/* Clients come and go: memory is kept for the next one, and not given back to the system each time.
 */
static void
keep_memory(void)
{
#ifdef M_TRIM_THRESHOLD
	(void)mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT);
#endif
}

static bool
serve_start(struct serving *s, struct error *err)
{
	const struct options *o = s->options;

	if (!options_settings(&s->settings, o, s->key, err) || !access_open(&s->access, o, err))
		return false;
	/* What is said in a room does not wait until what was said before is acknowledged. */
	if (options_room(o) && !o->local)
		s->settings.nodelay = true;
	if ((o->local || options_many(o) || !uses_stdio(o) || o->inherit != INHERIT_NOTHING) &&
	    !signals_catch(&s->signals, &s->loop, err))
		return false;
	if (!listening_open(&s->listener, o, &s->settings, err) || !open_host(s, err) ||
	    !start_listening(s, err) || !start_waiting(s, err))
		return false;
	if (options_many(o))
		keep_memory();
	listening_say(&s->listener, o);
	return true;
}

/* Sends everybody away, and waits for programs that are to end with us. */
static void
close_clients(struct serving *s)
{
	struct client *c, *next;

	LIST_FOREACH(c, &s->clients, link)
		client_stop(c);
	children_close(&s->host.children, &s->loop);
	LIST_FOREACH_SAFE(c, &s->clients, link, next)
		free(c);
}

static void
serve_close(struct serving *s)
{
	loop_remove(&s->loop, &s->watch.task);
	listener_stop(&s->listener);
	demux_stop(&s->flows.demux);
	conversation_stop(&s->unconnected_talk);
	input_close(&s->input);
	if (s->host.stdio != NULL)
		s->stdio.end.ops->close(&s->stdio.end, false);
	/* They were not told all: that is no ordinary end. */
	while (!LIST_EMPTY(&s->guests))
		guest_free(LIST_FIRST(&s->guests), true);
	room_close(&s->room);
	close_clients(s);
	listener_close(&s->listener);
	access_close(&s->access);
	signals_release(&s->signals);
	loop_free(&s->loop);
}

int
serve(const struct options *o)
{
	struct serving s = {.options = o};
	struct error error;

	loop_init(&s.loop);
	if (!serve_start(&s, &error) || !loop_run(&s.loop, &error))
		s.status = complain(&error);
	serve_close(&s);
	return s.status;
}
