#include "mode/relay.h"

#include <stdlib.h>

#include "mode/say.h"

/* What it takes to connect, and nobody needs after that. */
struct relay_dialling {
	struct task watch; /* of the client, who may go meanwhile */
	bool finished;     /* it has half-closed at least */
	bool missed;       /* a connection has failed */
	struct relay *relay;
	struct opening opening;
};

void
relay_prepare(struct relay_way *way, const struct options *o, const struct settings *settings,
    struct signals *signals)
{
	const bool alike = o->to.type == options_type(o) && (o->to.path != NULL) == o->local;

	*way = (struct relay_way){
	    .options = o, .to = o->to, .rules = options_opening(o), .signals = signals};
	way->to.settings = alike ? settings : &settings_none;
	way->to.layers = o->layers_out;
	/* Other clients have the descriptors, and will go. */
	way->rules.patient = true;
}

/* What connecting took is given up. */
static void
dialling_free(struct relay *r)
{
	struct relay_dialling *d = r->dialling;

	if (d == NULL)
		return;
	loop_remove(r->loop, &d->watch);
	opening_stop(&d->opening);
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

static void
tell_idle(void *arg, bool idle)
{
	const struct relay *r = arg;

	if (r->idles != NULL)
		r->idles(r->arg, idle);
}

static void
relay_opened(void *arg, struct connection *server, const struct error *error)
{
	struct relay *r = arg;
	struct conversation *c = &r->conversation;
	struct error failure;

	if (server == NULL) {
		relay_fail(r, error);
		return;
	}
	if (r->dialling->finished)
		tell_idle(r, false);
	dialling_free(r);
	conversation_near_connection(c, server);
	conversation_watch(c, tell_idle);
	if (!conversation_start(c, &failure))
		relay_fail(r, &failure);
}

/* There was nobody: perhaps later there will be. */
static void
relay_missed(void *arg, const struct error *cause)
{
	const struct relay *r = arg;

	r->dialling->missed = true;
	if (r->way->options->verbose > 0)
		notice("%s; trying again", cause->text);
}

/* Whether the client has sent something already. */
static bool
client_waits(void *arg)
{
	const struct relay *r = arg;

	return connection_unread(r->client) > 0;
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
	if (!(fds[0].revents & POLLERR) && connection_unread(d->relay->client) > 0) {
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
	static const struct opening_calls calls = {
	    .done = relay_opened, .again = relay_missed, .eager = client_waits};
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
	} else {
		d->watch = (struct task){.want = watch_want, .serve = watch_serve};
		d->relay = r;
		if (opening_start(&d->opening, loop, &way->to, &way->rules, &r->server, &r->name,
			way->signals, &calls, r, err) &&
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
	return d->finished && (d->missed || connection_unread(r->client) == 0);
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
