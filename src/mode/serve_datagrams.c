#include <stdlib.h>

#include "base/clock.h"
#include "mode/server.h"
#include "net/descriptor.h"
#include "open/unconnected.h"

/*
 * Listens for datagrams of many senders, which do not connect and do not end. With standard input
 * and output all senders together are one client. With other services each sender is a client with
 * a flow of its own; when there are too many, the one that has been silent longest is dropped.
 */

/* A flow is not dropped for another one within this time after its last datagram. */
#define FLOW_LEAST (100 * CLOCK_MS)

/* How long not to repeat the same message. */
#define TELL_AGAIN (60 * CLOCK_S)

struct all {
	struct server server;
	struct unconnected unconnected;
};

struct flows {
	struct server server;
	struct demux demux;
	bool told_evicted,
	    told_lost;        /* reported: that flows were dropped; that a datagram was lost */
	int64_t told_failure; /* when it was last reported why a flow could not begin */
};

static bool
sender_is_admitted(void *arg, const struct peer *peer)
{
	return server_admits(arg, -1, peer);
}

/* The first datagram has come: starts the client that stands for all senders. */
static void
first_arrived(void *arg, int fd, const struct peer *first)
{
	struct all *a = arg;
	struct server *s = &a->server;
	struct error error;
	struct client *c;

	timer_stop(&s->wait_timer);
	listener_pause(&s->listener);
	c = server_new_client(s, first, &error);
	if (c == NULL || !unconnected_open(&a->unconnected, &s->loop, &s->listener, fd, first,
			     sender_is_admitted, s, "the peers", &error)) {
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
 * Drops the flow that has been silent longest. False if there is none, or if it was active a moment
 * ago and may still be answered: then sets *again to when it may be dropped.
 */
static bool
evict_oldest(struct flows *f, int64_t *again)
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
	if (!f->told_evicted)
		event_tell(&f->server.printer.observer,
		    (struct event){.kind = EVENT_EVICTED, .count = f->demux.count});
	f->told_evicted = true;
	c = client_of(oldest);
	error_set(&error, FAULT_TIME,
	    "dropped %s: it had been idle longest, and its place was needed", c->name);
	slots_drop(&f->server.slots, c, &error);
	return true;
}

/* Makes room for another flow. False if there is none now; sets *again if it may help to wait. */
static bool
make_room(struct flows *f, int64_t *again)
{
	const size_t most = f->server.slots.most;
	/* Dropped flows whose programs have not exited yet: as many again are allowed. */
	const size_t gone = f->server.slots.leaving + f->server.slots.idle;

	if (gone >= most) {
		if (!f->told_lost)
			event_tell(&f->server.printer.observer,
			    (struct event){.kind = EVENT_UNSERVED, .count = gone});
		f->told_lost = true;
		return false;
	}
	while (f->demux.count >= most ||
	       !descriptor_spare(service_descriptors(&f->server.config.common)))
		if (!evict_oldest(f, again))
			break;
	return *again == 0;
}

/* Whether to report that a flow could not begin: not for every datagram. */
static bool
failure_is_news(struct flows *f)
{
	const int64_t now = clock_now();

	if (f->told_failure != 0 && now < f->told_failure + TELL_AGAIN)
		return false;
	f->told_failure = now;
	return true;
}

/* The first datagram of a sender has come: begins a flow. */
static struct flow *
sender_arrived(void *arg, int fd, const struct peer *peer, int64_t *again)
{
	struct flows *f = arg;
	struct server *s = &f->server;
	struct error error;
	struct client *c;

	if (!server_admits(s, -1, peer) || !make_room(f, again))
		return NULL;
	timer_stop(&s->wait_timer);
	c = server_accept(s, fd, peer, &f->demux, &error);
	if (c == NULL)
		server_tell_failed(s, peer, &error, failure_is_news(f));
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

	return service_config_is_stdio(o) ? server_run(&a.server, o, &all)
					  : server_run(&f.server, o, &flows);
}
