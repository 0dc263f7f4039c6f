#include "mode/relay.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "mode/report.h"
#include "mode/retry.h"
#include "mode/target.h"
#include "net/descriptor.h"
#include "open/race.h"

/* How long is waited for a descriptor. */
#define SHORT_WAIT (50 * CLOCK_MS)

/* What it takes to connect, and nobody needs after that. */
struct relay_dialling {
	struct task watch; /* of the client, who may go meanwhile */
	bool finished;     /* it has half-closed at least */
	bool missed;       /* a connection has failed */
	struct relay *relay;
	struct target target;
	struct race race;
	struct retry retry;
	struct timer begin;
	int64_t deadline;
};

void
relay_prepare(struct relay_way *way, const struct options *o, const struct settings *settings,
    struct signals *signals)
{
	struct options *there = &way->there;
	bool alike;

	*way = (struct relay_way){.options = o, .there = *o, .signals = signals};
	there->listen = there->keep_open = false;
	there->source = there->source_port = NULL;
	there->local = o->to.path != NULL;
	there->datagrams = o->to.type == SOCK_DGRAM;
	there->seqpacket = o->to.type == SOCK_SEQPACKET;
	there->path = o->to.path;
	there->host = o->to.host;
	there->port = o->to.port;
	there->port_number = o->to.port_number;
	there->port_count = there->local ? 0 : 1;
	alike = o->to.type == options_type(o) && there->local == o->local;
	way->settings = alike ? settings : &settings_none;
}

/* What connecting took is given up, but for a name that the socket has. */
static void
dialling_free(struct relay *r)
{
	struct relay_dialling *d = r->dialling;

	if (d == NULL)
		return;
	loop_remove(r->loop, &d->watch);
	timer_stop(&d->begin);
	race_stop(&d->race);
	retry_stop(&d->retry);
	r->name = d->target.name;
	d->target.name = (struct local_name){0};
	target_close(&d->target);
	free(d);
	r->dialling = NULL;
	r->way->dialling--;
}

static void
relay_fail(void *arg, const struct error *error)
{
	struct relay *r = arg;
	const struct error copy = *error;

	relay_stop(r);
	r->done(r->arg, &copy);
}

static void
conversation_done(void *arg, const struct error *error)
{
	relay_fail(arg, error);
}

static void relay_dial(void *arg);

/* There was nobody: perhaps later there will be. */
static void
relay_missed(struct relay *r, const struct error *cause)
{
	struct relay_dialling *d = r->dialling;
	const int64_t at = clock_now() + SHORT_WAIT;
	struct error error;

	/* Other clients have the descriptors, and will go. */
	if ((cause->number == EMFILE || cause->number == ENFILE) &&
	    timer_start(&d->begin, r->loop, at, relay_dial, r, &error))
		return;
	d->missed = true;
	if (!retry_later(&d->retry, cause))
		relay_fail(r, cause);
}

static void
tell_idle(void *arg, bool idle)
{
	const struct relay *r = arg;

	if (r->idles != NULL)
		r->idles(r->arg, idle);
}

static void
race_done(void *arg, struct race *race, const struct attempt *winner)
{
	struct relay *r = arg;
	struct conversation *c = &r->conversation;
	const struct options *there = r->dialling->target.options;
	const struct attempt *telling;
	struct peer peer;
	struct error error;

	if (winner == NULL && race->error.fault != FAULT_NONE) {
		relay_missed(r, &race->error);
		return;
	}
	if (winner == NULL) {
		telling = race_telling(race);
		report_failure(&error, there, there->to.text, telling->to, telling->failure);
		relay_missed(r, &error);
		return;
	}
	peer = (struct peer){.address = *winner->to};
	connection_init(&r->server, winner->fd, there->to.type, &peer, there->to.text);
	conversation_near_connection(c, &r->server);
	dialling_free(r);
	tell_idle(r, false);
	conversation_watch(c, tell_idle);
	if (!conversation_start(c, &error))
		relay_fail(r, &error);
}

static void
target_found(void *arg, const struct error *failure)
{
	struct relay *r = arg;
	struct relay_dialling *d = r->dialling;
	struct error error;

	/* A fast open that nothing is sent with never begins, and tells late whether it is refused.
	 */
	d->target.settings.fastopen = d->target.found.count == 1 && r->way->settings->fastopen &&
				      r->client->owned && socket_unread(r->client->fd) > 0;
	if (failure != NULL)
		relay_missed(r, failure);
	else if (!race_start(&d->race, r->loop, &d->target.found, &d->target.origin, d->deadline,
		     race_done, r, &error))
		relay_fail(r, &error);
}

static void
relay_dial(void *arg)
{
	struct relay *r = arg;
	struct relay_dialling *d = r->dialling;
	struct error error;

	d->deadline = retry_deadline(&d->retry);
	if (!target_find(&d->target, d->deadline, target_found, r, &error))
		relay_missed(r, &error);
}

static size_t
watch_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct relay_dialling *d = (const struct relay_dialling *)task;

	(void)deadline;
	if (room > 0)
		fds[0] = (struct pollfd){
		    .fd = d->relay->client->owned ? d->relay->client->fd : -1,
		    .events = d->finished ? 0 : END_SILENT,
		};
	return 1;
}

/* The client has finished, or it has gone and has left nothing to be passed on. */
static void
watch_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct relay_dialling *d = (struct relay_dialling *)task;
	struct error error;

	(void)count;
	d->finished = true;
	tell_idle(d->relay, true);
	if (!(fds[0].revents & (POLLERR | POLLHUP)))
		return;
	if (!(fds[0].revents & POLLERR) && socket_unread(d->relay->client->fd) > 0) {
		/* What he said before is worth a connection. */
		loop_remove(d->relay->loop, task);
		return;
	}
	error_set(&error, FAULT_PEER, "%s has gone", d->relay->client->name);
	relay_fail(d->relay, &error);
}

bool
relay_start(struct relay *r, struct loop *loop, struct relay_way *way, struct connection *client,
    void (*done)(void *, const struct error *), void *arg, struct error *err)
{
	struct relay_dialling *d = calloc(1, sizeof(*d));

	*r = (struct relay){
	    .way = way,
	    .loop = loop,
	    .dialling = d,
	    .client = client,
	    .done = done,
	    .arg = arg,
	};
	way->dialling += d != NULL;
	conversation_begin(&r->conversation, loop, way->options, conversation_done, r);
	conversation_far(&r->conversation, client);
	if (d == NULL) {
		error_errno(err, FAULT_LOCAL, "memory");
	} else if (target_open(&d->target, loop, &way->there, way->settings, way->signals, err)) {
		d->watch = (struct task){.want = watch_want, .serve = watch_serve};
		d->relay = r;
		retry_start(&d->retry, loop, &way->there, relay_dial, relay_fail, r);
		/* Not at once: it might come to its end before the caller knows of its beginning.
		 */
		if (timer_start(&d->begin, loop, clock_now(), relay_dial, r, err) &&
		    loop_add(loop, &d->watch, err))
			return true;
	}
	relay_stop(r);
	return false;
}

void
relay_watch(struct relay *r, void (*idles)(void *, bool))
{
	r->idles = idles;
}

bool
relay_may_drop(struct relay *r)
{
	const struct relay_dialling *d = r->dialling;

	if (d == NULL)
		return pump_may_drop(&r->conversation.pump);
	return d->finished && (d->missed || socket_unread(r->client->fd) == 0);
}

void
relay_break(struct relay *r, const struct error *cause)
{
	if (r->dialling != NULL)
		relay_fail(r, cause);
	else
		conversation_break(&r->conversation, cause);
}

void
relay_stop(struct relay *r)
{
	dialling_free(r);
	conversation_stop(&r->conversation);
	local_remove(&r->name);
}
