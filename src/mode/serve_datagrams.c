#include <stdlib.h>

#include "base/clock.h"
#include "mode/server.h"
#include "net/descriptor.h"
#include "open/unconnected.h"

/*
 * Listening for datagrams of many, which have no arrivals and no end. Either all who send are one
 * client, which is joined to standard input and output, or each is one, by a flow of its own, and
 * the one that has been silent longest gives way to others.
 */

/* How long a flow has at least, before it gives way to others. */
#define FLOW_LEAST (100 * CLOCK_MS)

/* How long is waited until the same is said again. */
#define TELL_AGAIN (60 * CLOCK_S)

struct all {
	struct server server;
	struct unconnected unconnected;
};

struct flows {
	struct server server;
	struct demux demux;
	bool told_full, told_lost; /* that some gave way; that a datagram was lost */
	int64_t told_failure;      /* when it was last said why one could not begin */
};

static bool
sender_admitted(void *arg, const struct peer *peer)
{
	return server_admits(arg, -1, peer);
}

/* The first one has sent something: from here on all who do are one client. */
static void
first_arrived(void *arg, int fd, const struct peer *first)
{
	struct all *a = arg;
	struct server *s = &a->server;
	struct error error;
	struct client *c;

	timer_stop(&s->patience);
	listener_pause(&s->listener);
	c = server_receive(s, first, &error);
	if (c == NULL || !unconnected_open(&a->unconnected, &s->loop, &s->listener, fd, first,
			     sender_admitted, s, "the peers", &error)) {
		free(c);
		server_failed(s, &error);
		return;
	}
	connection_init_any(&c->connection, &a->unconnected.end);
	if (!server_begin(s, c, &error))
		server_failed(s, &error);
}

static bool
start_all(struct server *s, struct error *err)
{
	return server_listen(s, first_arrived, err);
}

static struct client *
client_of(struct flow *flow)
{
	return (
	    struct client *)(void *)((char *)flow - offsetof(struct client, connection.own.flow));
}

/*
 * Whether the flow that has been silent longest has given way; not before *again, if that is set
 * then. One that has just begun has not had the time to be answered.
 */
static bool
oldest_gives_way(struct flows *f, int64_t *again)
{
	struct flow *oldest = TAILQ_FIRST(&f->demux.by_age);
	const int64_t now = clock_now();
	struct error error;
	struct client *c;

	if (oldest == NULL)
		return false;
	if (now < oldest->active_at + FLOW_LEAST) {
		*again = oldest->active_at + FLOW_LEAST;
		return false;
	}
	if (!f->told_full)
		event_tell(&f->server.printer.observer,
		    (struct event){.kind = EVENT_GIVES_WAY, .count = f->demux.count});
	f->told_full = true;
	c = client_of(oldest);
	error_set(&error, FAULT_TIME,
	    "dropped %s: it had been idle longest, and its place was needed", c->name);
	places_drop(&f->server.places, c, &error);
	return true;
}

/* Makes room for one flow more. False when there is none; not before *again, if that is set then.
 */
static bool
make_room(struct flows *f, int64_t *again)
{
	const size_t most = f->server.places.most;
	/* Programs that do not go although they were told to may take as many places again. */
	const size_t gone = f->server.places.leaving + f->server.places.idle;

	if (gone >= most) {
		if (!f->told_lost)
			event_tell(&f->server.printer.observer,
			    (struct event){.kind = EVENT_UNSERVED, .count = gone});
		f->told_lost = true;
		return false;
	}
	while (f->demux.count >= most ||
	       !descriptor_spare(service_descriptors(&f->server.choice.common)))
		if (!oldest_gives_way(f, again))
			break;
	return *again == 0;
}

/* Whether it is to be said that a flow could not begin: now and then, since each datagram tries. */
static bool
failure_is_news(struct flows *f)
{
	const int64_t now = clock_now();

	if (f->told_failure != 0 && now < f->told_failure + TELL_AGAIN)
		return false;
	f->told_failure = now;
	return true;
}

/* Somebody new sends datagrams. */
static struct flow *
sender_arrived(void *arg, int fd, const struct peer *peer, int64_t *again)
{
	struct flows *f = arg;
	struct server *s = &f->server;
	struct error error;
	struct client *c;

	if (!server_admits(s, -1, peer) || !make_room(f, again))
		return NULL;
	timer_stop(&s->patience);
	c = server_meet(s, fd, peer, &f->demux, &error);
	if (c == NULL)
		server_missed(s, peer, &error, failure_is_news(f));
	return c != NULL ? &c->connection.own.flow : NULL;
}

static bool
start_flows(struct server *s, struct error *err)
{
	struct flows *f = (struct flows *)s;

	return demux_start(&f->demux, &s->loop, &s->listener, sender_arrived, f, err);
}

static void
stop_flows(struct server *s)
{
	demux_stop(&((struct flows *)s)->demux);
}

static void
wake_flows(struct server *s)
{
	demux_wake(&((struct flows *)s)->demux);
}

int
serve_datagrams(const struct options *o)
{
	static const struct server_kind all = {.start = start_all};
	static const struct server_kind flows = {
	    .many = true, .start = start_flows, .stop = stop_flows, .wake = wake_flows};
	struct all a = {0};
	struct flows f = {0};

	return choice_is_stdio(o) ? server_run(&a.server, o, &all)
				  : server_run(&f.server, o, &flows);
}
