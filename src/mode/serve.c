#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/clock.h"
#include "base/number.h"
#include "mode/access.h"
#include "mode/client.h"
#include "mode/input.h"
#include "mode/listening.h"
#include "mode/mode.h"
#include "mode/room.h"
#include "mode/say.h"
#include "net/crowd.h"
#include "net/descriptor.h"
#include "net/hub.h"
#include "net/socket.h"
#include "net/timer.h"

/*
 * Listening. Without -k the first peer that arrives is talked to, and nobody after it. With -k all
 * are, side by side: each is a client, or a member of the room, until it ends, which never ends the
 * server. Datagrams have no arrivals: either all who send are one conversation, a crowd, or, where
 * each is to have a program or a connection of his own, a hub tells them apart.
 */
struct serving {
	const struct options *options;
	struct loop loop;
	struct signals signals; /* caught while there is something to remove */
	struct settings settings;
	char key[SECRET_MAX];
	struct access access;
	struct listener listener;
	struct timer patience;       /* until somebody has come */
	struct standard_watch watch; /* where nobody else looks after standard output */
	struct standard standard;    /* of all clients */
	struct input input;
	struct host host;
	LIST_HEAD(, client) clients;
	TAILQ_HEAD(idle_clients, client) idle; /* those in CLIENT_IDLE, in the order they became so */
	size_t count;                          /* of active clients, and of members */
	size_t idle_count, leaving_count;
	int64_t full_since; /* 0: there is room */
	bool told_full;
	struct room room;
	struct hub hub;
	bool full_told, lost_told; /* of sessions, that some gave way; that a datagram was lost */
	int64_t failure_told;      /* when it was last said why one could not begin */
	struct crowd crowd;
	struct conversation crowd_talk;
	int status;
};

/* How many programs of clients that were dropped may not have exited yet. */
#define LEAVING_MAX 100

/* Clients that come in a burst may be gone in a moment: nobody is refused before. */
#define BURST_LONGEST (100 * CLOCK_MS)

#define MEMORY_KEPT (4 << 20)
#define SPARE_COUNTED 8

/* How long a session has at least, before it gives way to others. */
#define SESSION_LEAST (100 * CLOCK_MS)

/* How long is waited until the same is said again. */
#define TELL_AGAIN (60 * CLOCK_S)

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
uses_standard(const struct options *o)
{
	return !options_room(o) && !options_command(o) && o->to.text == NULL;
}

/* Clients of a unix socket have no names worth telling, but for those of datagrams. */
static const char *
name_of(char buf[static ADDRESS_TEXT], const struct serving *s, const struct peer *peer)
{
	const struct listener *l = &s->listener;
	size_t i = 0;

	if (address_family(&peer->address) != AF_UNIX ||
	    (s->options->datagrams && address_named(&peer->address)))
		return address_text(buf, &peer->address);
	while (i + 1 < l->count && address_family(&l->bound[i]) != AF_UNIX)
		i++;
	return address_text(buf, &l->bound[i]);
}

/* Whether the access lists admit somebody. */
static bool
is_allowed(const struct serving *s, int fd, const struct peer *peer)
{
	const char *refusal = access_refusal(&s->access, fd, peer);
	char name[ADDRESS_TEXT];

	if (refusal != NULL && s->options->verbose > 0)
		notice("refused %s: %s", name_of(name, s, peer), refusal);
	return refusal == NULL;
}

/* Whether somebody may come in. */
static bool
may_enter(void *arg, int fd, const struct peer *peer)
{
	struct serving *s = arg;
	const struct options *o = s->options;
	char name[ADDRESS_TEXT];

	if (!is_allowed(s, fd, peer))
		return false;
	if (!options_many(o) || (s->full_since == 0 && options_most(o) > 0))
		return true;
	if (o->verbose > 0 || !s->told_full)
		notice("refused %s: there are %zu clients already%s", name_of(name, s, peer),
		    options_most(o), o->verbose == 0 ? "; others will be refused, too" : "");
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
one_less(void *arg)
{
	struct serving *s = arg;

	s->count--;
	listener_wake(&s->listener);
}

/* Counts a client, with one, or no more, with minus one, among those of its state. */
static void
count_client(struct serving *s, struct client *c, int one)
{
	size_t *const counts[] = {
	    [CLIENT_ACTIVE] = &s->count,
	    [CLIENT_IDLE] = &s->idle_count,
	    [CLIENT_LEAVING] = &s->leaving_count,
	};

	*counts[c->state] += (size_t)one;
	if (c->state == CLIENT_IDLE && one > 0)
		TAILQ_INSERT_TAIL(&s->idle, c, idle_link);
	else if (c->state == CLIENT_IDLE)
		TAILQ_REMOVE(&s->idle, c, idle_link);
}

static void
set_state(struct serving *s, struct client *c, enum client_state state)
{
	if (c->state == state)
		return;
	count_client(s, c, -1);
	c->state = state;
	count_client(s, c, 1);
}

/*
 * Room is wanted: the client that finished longest ago, and to which nothing is on its way, is
 * dropped. False when there is none.
 */
static bool
make_room(struct serving *s)
{
	struct error error;
	struct client *c;

	TAILQ_FOREACH(c, &s->idle, idle_link)
		if (client_may_drop(c))
			break;
	if (c == NULL)
		return false;
	set_state(s, c, CLIENT_LEAVING);
	error_set(&error, FAULT_PEER, "dropped %s: it had finished, and others came", c->name);
	client_break(c, &error);
	return true;
}

static void
client_idles(void *arg, struct client *c, bool idle)
{
	struct serving *s = arg;

	if (c->state == CLIENT_LEAVING)
		return;
	set_state(s, c, idle ? CLIENT_IDLE : CLIENT_ACTIVE);
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
	count_client(s, c, -1);
	free(c);
	listener_wake(&s->listener);
	hub_wake(&s->hub);
}

static const struct client_calls client_calls = {.done = client_done, .idles = client_idles};

/* Who has no connection costs nothing, and may ask again and again: why is told now and then. */
static bool
is_worth_telling(struct serving *s, const struct error *error, bool session)
{
	const int64_t now = clock_now();

	if (s->options->verbose > 0 || !session)
		return s->options->verbose > 0 || error->fault != FAULT_PEER;
	if (s->failure_told != 0 && now < s->failure_told + TELL_AGAIN)
		return false;
	s->failure_told = now;
	return true;
}

/* Begins to serve somebody. NULL if that fails, which is told. */
static struct client *
add_client(struct serving *s, int fd, const struct peer *peer, struct hub *hub)
{
	struct client *c = calloc(1, sizeof(*c));
	char name[ADDRESS_TEXT];
	struct error error;

	name_of(name, s, peer);
	if (s->options->verbose > 0)
		say("Connection received on %s", name);
	if (c == NULL) {
		error_errno(&error, FAULT_LOCAL, "memory");
		(void)(hub == NULL ? socket_abandon(fd) : -1);
	} else if (client_start(c, &s->host, fd, s->listener.type, peer, name, hub, &client_calls,
		       s, &error)) {
		LIST_INSERT_HEAD(&s->clients, c, link);
		count_client(s, c, 1);
		return c;
	}
	free(c);
	if (!options_many(s->options))
		serve_failed(s, &error);
	else if (is_worth_telling(s, &error, hub != NULL))
		notice("%s: %s", name, error.text);
	return NULL;
}

static void
crowd_done(void *arg, const struct error *error)
{
	serve_end(arg, conclude(error, 0));
}

/* The first of those who send datagrams: from here on all of them are one conversation. */
static void
meet_crowd(struct serving *s, int fd, const struct peer *first)
{
	const struct options *o = s->options;
	const struct standard_rules rules = {.mute = o->recv_only, .deaf = o->send_only};
	struct conversation *talk = &s->crowd_talk;
	char name[ADDRESS_TEXT];
	struct error error;

	listener_pause(&s->listener);
	loop_remove(&s->loop, &s->watch.task);
	if (o->verbose > 0)
		say("Connection received on %s", name_of(name, s, first));
	conversation_begin(talk, &s->loop, o, crowd_done, s);
	if (!crowd_open(
		&s->crowd, &s->loop, &s->listener, fd, first, may_speak, s, "the peers", &error)) {
		serve_failed(s, &error);
		return;
	}
	conversation_far_end(talk, &s->crowd.end, NULL);
	if (!conversation_near_standard(talk, &rules, &error) || !conversation_start(talk, &error))
		serve_failed(s, &error);
}

static void
enter_room(struct serving *s, int fd, const struct peer *peer)
{
	char name[ADDRESS_TEXT];
	struct error error;

	name_of(name, s, peer);
	if (s->options->verbose > 0)
		say("Connection received on %s", name);
	if (room_enter(&s->room, fd, peer, &error))
		s->count++;
	else
		notice("%s: %s", name, error.text);
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
		meet_crowd(s, fd, peer);
	else
		(void)add_client(s, fd, peer, NULL);
}

/*
 * How many descriptors the next client will take besides its own, with those that others before it
 * are going to. It is not worth while to count them all.
 */
static int
spare_descriptors(const struct serving *s)
{
	const struct options *o = s->options;
	const size_t dialling = s->host.way.dialling;

	if (options_command(o))
		return execution_is_direct(o) ? 0 : 4;
	if (o->to.text == NULL)
		return 0;
	return 2 * (dialling < SPARE_COUNTED ? (int)dialling + 1 : SPARE_COUNTED);
}

static struct client *
client_of(struct session *session)
{
	return (struct client *)(void *)((char *)session - offsetof(struct client, session));
}

/*
 * Whether the session that has been silent longest has given way; not before *again, if that is set
 * then. Who has just begun has not had the time to be answered.
 */
static bool
oldest_gives_way(struct serving *s, int64_t *again)
{
	struct session *oldest = TAILQ_FIRST(&s->hub.by_age);
	const int64_t now = clock_now();
	struct error error;
	struct client *c;

	if (oldest == NULL)
		return false;
	if (now < oldest->active_at + SESSION_LEAST) {
		*again = oldest->active_at + SESSION_LEAST;
		return false;
	}
	if (!s->full_told)
		notice(
		    "there are %zu sessions: who has been silent longest gives way", s->hub.count);
	s->full_told = true;
	c = client_of(oldest);
	error_set(&error, FAULT_TIME, "%s gave way: it was silent longest", c->name);
	set_state(s, c, CLIENT_LEAVING);
	client_break(c, &error);
	return true;
}

/*
 * Makes room for one session more. Programs that do not go although they were told to may take as
 * many places again.
 */
static bool
make_session_room(struct serving *s, int64_t *again)
{
	const size_t most = options_most(s->options);

	if (s->leaving_count >= most) {
		if (!s->lost_told)
			notice("a datagram is lost: %zu programs have not ended yet",
			    s->leaving_count);
		s->lost_told = true;
		return false;
	}
	while (s->hub.count >= most || !descriptor_spare(spare_descriptors(s)))
		if (!oldest_gives_way(s, again))
			break;
	return *again == 0;
}

/* Somebody new sends datagrams. */
static struct session *
sender_arrived(void *arg, int fd, const struct peer *peer, int64_t *again)
{
	struct serving *s = arg;
	struct client *c;

	if (!may_enter(s, -1, peer) || !make_session_room(s, again))
		return NULL;
	timer_stop(&s->patience);
	c = add_client(s, fd, peer, &s->hub);
	return c != NULL ? &c->session : NULL;
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

	if (!options_many(s->options) || listener_is_lost(error->number)) {
		serve_failed(s, error);
	} else if (is_shortage(error->number) && make_room(s)) {
		listener_wake(&s->listener);
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
	const struct standard_rules rules = {
	    .mute = o->recv_only, .deaf = o->send_only, .keep = true};

	if (!options_many(o) || o->datagrams)
		return true;
	if (!standard_open(&s->standard, &rules, err))
		return false;
	s->host.standard = &s->standard;
	s->host.feed = &s->input.feed;
	return s->standard.kind.input_file || o->recv_only ||
	       input_open(&s->input, &s->loop, &s->standard, serve_failed, s, err);
}

/* What clients have in common. */
static bool
open_host(struct serving *s, struct error *err)
{
	const struct options *o = s->options;

	s->host = (struct host){.options = o, .loop = &s->loop};
	TAILQ_INIT(&s->idle);
	relay_prepare(&s->host.way, o, &s->settings, &s->signals);
	if (options_command(o))
		children_watch(&s->host.children, &s->signals);
	if (options_room(o))
		return room_open(&s->room, &s->loop, o, one_less, s, err);
	if (!uses_standard(o))
		return true;
	return open_input(s, err) &&
	       (o->send_only || standard_watch(&s->watch, &s->loop, serve_failed, s, err));
}

/* Clients that have finished do not count, but there are no more of them than of others. */
static bool
is_full(struct serving *s)
{
	const size_t most = options_most(s->options);

	return s->count >= most || s->leaving_count >= LEAVING_MAX ||
	       (s->idle_count >= most && !make_room(s));
}

/* Whether the next peer is left waiting, since there may be room in a moment. */
static bool
may_have_room_soon(struct serving *s)
{
	if (!options_many(s->options) || !is_full(s)) {
		s->full_since = 0;
		return false;
	}
	if (s->full_since == 0)
		s->full_since = clock_now();
	return options_most(s->options) > 0 && clock_now() < clock_after(s->full_since, BURST_LONGEST);
}

/* Whether the next client is to wait, or how many descriptors it will take besides its own. */
static int
spare_or_wait(void *arg)
{
	struct serving *s = arg;

	return may_have_room_soon(s) ? -1 : spare_descriptors(s);
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

/* --wait is for whoever comes first, or, of relays, for what each connects to. */
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

	if (o->datagrams && options_many(o) && !uses_standard(o))
		return hub_start(&s->hub, &s->loop, &s->listener, sender_arrived, s, err);
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
	if ((o->local || options_many(o) || !uses_standard(o) || o->inherit != INHERIT_NOTHING) &&
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
	hub_stop(&s->hub);
	conversation_stop(&s->crowd_talk);
	input_close(&s->input);
	if (s->host.standard != NULL)
		s->standard.end.ops->close(&s->standard.end, false);
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
