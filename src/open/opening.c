#include "open/opening.h"

#include <bsd/stdlib.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"

/* The time limit of a handshake without -w. */
#define HANDSHAKE_TIME (30 * CLOCK_S)

/* After how long an opening that lacks descriptors is tried again. */
#define SHORT_WAIT (50 * CLOCK_MS)

static void opening_begin(void *arg);

/* Ends with o->cause. Before opening_start has returned, that reports it instead of done. */
static void
opening_give_up(struct opening *o)
{
	const struct error cause = o->cause;

	if (o->starting)
		o->failed = true;
	else
		o->calls->done(o->arg, NULL, &cause);
}

static void
opening_fail(void *arg, const struct error *error)
{
	struct opening *o = arg;

	o->reported = false;
	o->cause = *error;
	opening_give_up(o);
}

/* Calls fire from the loop, after wait. */
static void
opening_fire_after(struct opening *o, int64_t wait, void (*fire)(void *))
{
	struct error error;

	if (!timer_start(&o->timer, o->loop, clock_now() + wait, fire, o, &error))
		opening_fail(o, &error);
}

/* Takes the next port, or a random one; false if none is left. */
static bool
opening_take_port(struct opening *o)
{
	size_t skip;
	int port;

	if (o->ports_left == NULL || o->ports_left->count == 0)
		return false;
	skip = o->rules.random ? arc4random_uniform((uint32_t)o->ports_left->count) : 0;
	port = ports_next(o->ports_left, 0);
	while (skip-- > 0)
		port = ports_next(o->ports_left, port + 1);
	o->port = (uint16_t)port;
	ports_remove(o->ports_left, o->port);
	return true;
}

/* No address or port has accepted a connection. */
static void
opening_all_failed(struct opening *o)
{
	const struct destination *to = o->to;

	if (to->ports != NULL && o->cause.fault != FAULT_NAME)
		error_set(&o->cause, o->cause.fault,
		    "connect to %s %s: no port accepted a connection", to->host, to->port_text);
	if (o->rules.wait_for_descriptors &&
	    (o->cause.number == EMFILE || o->cause.number == ENFILE))
		opening_fire_after(o, SHORT_WAIT, opening_begin);
	else if (!retry_later(&o->retry, &o->cause))
		opening_give_up(o);
}

static void opening_race(struct opening *);

/* The pause before the next port is over. */
static void
opening_port_due(void *arg)
{
	struct opening *o = arg;

	o->deadline = retry_deadline(&o->retry);
	opening_race(o);
}

void
opening_next(struct opening *o)
{
	const struct error nothing = {.fault = FAULT_NONE};

	if (opening_take_port(o))
		opening_fire_after(o, o->rules.pause, opening_port_due);
	else if (o->connected)
		o->calls->done(o->arg, NULL, &nothing);
	else
		opening_all_failed(o);
}

static void
opening_port_failed(struct opening *o, const struct error *cause)
{
	if (o->cause.fault == FAULT_NONE)
		o->cause = *cause;
	opening_next(o);
}

/* Tells of the attempts at a port that have failed. level is that of the events. */
static void
opening_tell_failed(struct opening *o, const struct attempt *attempts, size_t count, int level)
{
	for (size_t i = 0; i < count; i++)
		if (attempts[i].state == ATTEMPT_FAILED)
			destination_missed(o->to, o->name, &attempts[i], level);
	o->reported = level == 1;
}

/* Tells of the connection. */
static void
opening_tell_connected(const struct opening *o)
{
	const struct connection *c = o->connection;
	struct address local = {.len = sizeof(local.to)};
	const bool known = event_wanted(o->to->observer, EVENT_FOR_PROGRAMS) &&
			   getsockname(c->fd, &local.to.any, &local.len) == 0;

	if (known)
		address_received(&local, local.len);
	destination_reached(o->to, &c->peer.address, known ? &local : NULL, o->connected_in);
}

static void
opening_handshake_done(void *arg, const struct error *error)
{
	struct opening *o = arg;

	if (error->fault == FAULT_NONE) {
		o->connected = true;
		opening_tell_connected(o);
		o->calls->done(o->arg, o->connection, error);
		return;
	}
	connection_close(o->connection, true);
	o->reported = false;
	opening_port_failed(o, error);
}

/* Makes a connection of the winner, and starts its handshake. */
static void
opening_connected(struct opening *o, const struct attempt *winner)
{
	const struct destination *to = o->to;
	const struct peer peer = {.address = *winner->to};
	const int64_t longest = clock_min(clock_after(clock_now(), HANDSHAKE_TIME), o->retry.until);
	struct error error = {.fault = FAULT_NONE};

	o->connected_in = clock_now() - o->race_began_at;
	connection_init(
	    o->connection, winner->fd, to->type, &peer, to->text != NULL ? to->text : o->name);
	if (to->layers == NULL ||
	    !handshake_start(&o->handshake, o->loop, o->connection, to->layers, LAYER_CLIENT,
		o->rules.retry.wait < 0 ? longest : o->deadline, opening_handshake_done, o, &error))
		opening_handshake_done(o, &error);
}

static void
opening_race_done(void *arg, struct race *race, const struct attempt *winner)
{
	struct opening *o = arg;
	const struct attempt *failed;
	struct error error;

	if (winner != NULL) {
		opening_tell_failed(o, race->attempts, race->started, 2);
		opening_connected(o, winner);
	} else if (race->error.fault != FAULT_NONE) {
		opening_fail(o, &race->error);
	} else {
		failed = race_best_failure(race);
		destination_failure(&error, o->to, o->name, failed->to, failed->failure);
		/* Where the error itself says as much, or it is tried again, that is enough. */
		opening_tell_failed(o, race->attempts, race->started,
		    o->rules.retry.again || o->to->path != NULL ? EVENT_FOR_PROGRAMS : 1);
		opening_port_failed(o, &error);
	}
}

/* Starts the race for one port of the host. */
static void
opening_race(struct opening *o)
{
	struct target *t = &o->target;
	struct error error;

	destination_name(o->name, o->to, o->port);
	for (size_t i = 0; i < t->found.count; i++)
		address_set_port(&t->found.list[i], o->port);
	/*
	 * With TCP Fast Open the connection begins with the first data, and a refusal shows only
	 * then. So it is used only if data waits to be sent and there is no other address to try.
	 */
	t->settings.fastopen = o->to->settings->fastopen && t->found.count == 1 &&
			       o->to->layers == NULL && o->calls->data_waits(o->arg);
	o->race_began_at = clock_now();
	if (!race_start(&o->race, o->loop, &t->found, &t->params, o->deadline, opening_race_done, o,
		&error))
		opening_fail(o, &error);
}

static void
opening_target_found(void *arg, const struct error *failure)
{
	struct opening *o = arg;

	o->looked_up_in = o->target.looked_up_in;
	if (failure == NULL) {
		opening_race(o);
	} else {
		o->cause = *failure;
		opening_all_failed(o);
	}
}

/* Starts with the look-up and the first port. */
static void
opening_begin(void *arg)
{
	struct opening *o = arg;
	struct error error;

	o->port = o->to->port;
	if (o->ports_left != NULL) {
		*o->ports_left = *o->to->ports;
		(void)opening_take_port(o);
	}
	o->cause.fault = FAULT_NONE;
	o->reported = false;
	o->deadline = retry_deadline(&o->retry);
	o->looked_up_in = o->connected_in = -1;
	if (!target_find(&o->target, o->deadline, opening_target_found, o, &error))
		opening_target_found(o, &error);
}

static void
opening_tell_retry(void *arg, const struct error *cause)
{
	const struct opening *o = arg;

	if (o->calls->again != NULL)
		o->calls->again(o->arg, cause);
}

bool
opening_start(struct opening *o, struct loop *loop, const struct destination *to,
    const struct opening_rules *rules, struct connection *connection, struct local_name *name,
    struct signals *signals, const struct opening_calls *calls, void *arg, struct error *err)
{
	*o = (struct opening){
	    .loop = loop,
	    .to = to,
	    .rules = *rules,
	    .connection = connection,
	    .calls = calls,
	    .arg = arg,
	};
	retry_start(
	    &o->retry, loop, &rules->retry, opening_begin, opening_tell_retry, opening_fail, o);
	if (to->ports != NULL && (o->ports_left = malloc(sizeof(*o->ports_left))) == NULL)
		return error_errno(err, FAULT_LOCAL, "memory");
	if (!target_open(&o->target, loop, to, name, signals, err))
		return false;
	o->starting = true;
	opening_begin(o);
	o->starting = false;
	if (o->failed)
		*err = o->cause;
	return !o->failed;
}

/* Tells programs of the new address; it may be refused, too. */
static void
opening_tell_moved(const struct opening *o, const struct attempt *a)
{
	struct destination to = *o->to;

	to.quiet = true;
	destination_reached(&to, a->to, NULL, a->took);
}

/* The socket for the next address; -1: none. */
static int
opening_next_address(void *arg)
{
	struct opening *o = arg;
	struct race *race = &o->race;
	struct attempt *a = &race->attempts[race->started - 1];
	struct error error;

	a->state = ATTEMPT_FAILED;
	a->failure = ECONNREFUSED;
	while (race->started < race->addresses.count) {
		opening_tell_failed(o, a, 1, 1);
		a = &race->attempts[race->started];
		if (!attempt_start(a, &race->addresses.list[race->started++], race->params, &error))
			return -1;
		if (a->state == ATTEMPT_WON) {
			opening_tell_moved(o, a);
			return a->fd;
		}
	}
	return -1;
}

void
opening_move_on(struct opening *o)
{
	if (o->race.started < o->race.addresses.count)
		datagram_fallback(&o->connection->own.datagram, opening_next_address, o);
}

void
opening_stop(struct opening *o)
{
	timer_stop(&o->timer);
	retry_stop(&o->retry);
	target_close(&o->target);
	race_stop(&o->race);
	if (o->handshake.loop != NULL) {
		handshake_stop(&o->handshake);
		connection_close(o->connection, true);
	}
	free(o->ports_left);
	o->ports_left = NULL;
}

bool
opening_accept(struct handshake *h, struct loop *loop, struct connection *connection,
    const struct layer *const *layers, int64_t wait, void (*done)(void *, const struct error *),
    void *arg, struct error *err)
{
	const int64_t deadline = clock_after(clock_now(), wait < 0 ? HANDSHAKE_TIME : wait);

	return handshake_start(h, loop, connection, layers, LAYER_SERVER, deadline, done, arg, err);
}
