#include "open/opening.h"

#include <bsd/stdlib.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"

/* How long a handshake may take unless -w says. */
#define HANDSHAKE_TIME (30 * CLOCK_S)

/* How long is waited for a descriptor. */
#define SHORT_WAIT (50 * CLOCK_MS)

static void begin(void *arg);

/* All has failed because of cause. What fails before the opening has started is told there. */
static void
give_up(struct opening *o)
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

	o->told = false;
	o->cause = *error;
	give_up(o);
}

/* Calls fire, from the loop, after a while. */
static void
later(struct opening *o, int64_t wait, void (*fire)(void *))
{
	struct error error;

	if (!timer_start(&o->timer, o->loop, clock_now() + wait, fire, o, &error))
		opening_fail(o, &error);
}

/* Takes the next port, or any; false when none is left. */
static bool
next_port(struct opening *o)
{
	size_t skip;
	int port;

	if (o->left == NULL || o->left->count == 0)
		return false;
	skip = o->rules.random ? arc4random_uniform((uint32_t)o->left->count) : 0;
	port = ports_next(o->left, 0);
	while (skip-- > 0)
		port = ports_next(o->left, port + 1);
	o->port = (uint16_t)port;
	ports_remove(o->left, o->port);
	return true;
}

/* Everything has been tried, and nobody was there. */
static void
missed_all(struct opening *o)
{
	const struct destination *to = o->to;

	if (to->ports != NULL && o->cause.fault != FAULT_NAME)
		error_set(&o->cause, o->cause.fault,
		    "connect to %s %s: no port accepted a connection", to->host, to->port_text);
	if (o->rules.patient && (o->cause.number == EMFILE || o->cause.number == ENFILE))
		later(o, SHORT_WAIT, begin);
	else if (!retry_later(&o->retry, &o->cause))
		give_up(o);
}

static void race_port(struct opening *);

/* The pause before the next port is over. */
static void
port_due(void *arg)
{
	struct opening *o = arg;

	o->deadline = retry_deadline(&o->retry);
	race_port(o);
}

void
opening_next(struct opening *o)
{
	const struct error nothing = {.fault = FAULT_NONE};

	if (next_port(o))
		later(o, o->rules.pause, port_due);
	else if (o->connected)
		o->calls->done(o->arg, NULL, &nothing);
	else
		missed_all(o);
}

static void
missed_port(struct opening *o, const struct error *cause)
{
	if (o->cause.fault == FAULT_NONE)
		o->cause = *cause;
	opening_next(o);
}

static void
tell_missed(struct opening *o, const struct attempt *attempts, size_t count, bool lost)
{
	if (o->calls->missed != NULL && o->calls->missed(o->arg, o->name, attempts, count, lost))
		o->told = lost;
}

static void
handshake_done(void *arg, const struct error *error)
{
	struct opening *o = arg;

	if (error->fault == FAULT_NONE) {
		o->connected = true;
		o->calls->done(o->arg, o->connection, error);
		return;
	}
	connection_close(o->connection, true);
	o->told = false;
	missed_port(o, error);
}

/* Makes a connection of the socket that has won. */
static void
reached(struct opening *o, const struct attempt *winner)
{
	const struct destination *to = o->to;
	const struct peer peer = {.address = *winner->to};
	const int64_t longest = clock_min(clock_after(clock_now(), HANDSHAKE_TIME), o->retry.until);
	struct error error = {.fault = FAULT_NONE};

	connection_init(
	    o->connection, winner->fd, to->type, &peer, to->text != NULL ? to->text : o->name);
	if (to->layers == NULL ||
	    !handshake_start(&o->handshake, o->loop, o->connection, to->layers, LAYER_CLIENT,
		o->rules.retry.wait < 0 ? longest : o->deadline, handshake_done, o, &error))
		handshake_done(o, &error);
}

static void
race_done(void *arg, struct race *race, const struct attempt *winner)
{
	struct opening *o = arg;
	const struct attempt *telling;
	struct error error;

	if (winner != NULL) {
		tell_missed(o, race->attempts, race->started, false);
		reached(o, winner);
	} else if (race->error.fault != FAULT_NONE) {
		opening_fail(o, &race->error);
	} else {
		telling = race_telling(race);
		destination_failure(&error, o->to, o->name, telling->to, telling->failure);
		if (!o->rules.retry.again && o->to->path == NULL)
			tell_missed(o, race->attempts, race->started, true);
		missed_port(o, &error);
	}
}

/* Races the host's addresses for a connection to the port. */
static void
race_port(struct opening *o)
{
	struct target *t = &o->target;
	struct error error;

	destination_name(o->name, o->to, o->port);
	for (size_t i = 0; i < t->found.count; i++)
		address_set_port(&t->found.list[i], o->port);
	/*
	 * A fast open that nothing is sent with never begins, and tells only when data is sent
	 * whether anybody is there.
	 */
	t->settings.fastopen = o->to->settings->fastopen && t->found.count == 1 &&
			       o->to->layers == NULL && o->calls->eager(o->arg);
	if (!race_start(
		&o->race, o->loop, &t->found, &t->origin, o->deadline, race_done, o, &error))
		opening_fail(o, &error);
}

static void
target_found(void *arg, const struct error *failure)
{
	struct opening *o = arg;

	if (failure == NULL) {
		race_port(o);
	} else {
		o->cause = *failure;
		missed_all(o);
	}
}

/* From the look-up and the first port on. */
static void
begin(void *arg)
{
	struct opening *o = arg;
	struct error error;

	o->port = o->to->port;
	if (o->left != NULL) {
		*o->left = *o->to->ports;
		(void)next_port(o);
	}
	o->cause.fault = FAULT_NONE;
	o->told = false;
	o->deadline = retry_deadline(&o->retry);
	if (!target_find(&o->target, o->deadline, target_found, o, &error))
		target_found(o, &error);
}

static void
tell_again(void *arg, const struct error *cause)
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
	retry_start(&o->retry, loop, &rules->retry, begin, tell_again, opening_fail, o);
	if (to->ports != NULL && (o->left = malloc(sizeof(*o->left))) == NULL)
		return error_errno(err, FAULT_LOCAL, "memory");
	if (!target_open(&o->target, loop, to, name, signals, err))
		return false;
	o->starting = true;
	begin(o);
	o->starting = false;
	if (o->failed)
		*err = o->cause;
	return !o->failed;
}

/* The next address's socket, or -1. */
static int
next_address(void *arg)
{
	struct opening *o = arg;
	struct race *race = &o->race;
	struct attempt *a = &race->attempts[race->started - 1];
	struct error error;

	a->state = ATTEMPT_FAILED;
	a->failure = ECONNREFUSED;
	while (race->started < race->addresses.count) {
		tell_missed(o, a, 1, true);
		a = &race->attempts[race->started];
		if (!attempt_start(a, &race->addresses.list[race->started++], race->origin, &error))
			return -1;
		if (a->state == ATTEMPT_WON)
			return a->fd;
	}
	return -1;
}

void
opening_move_on(struct opening *o)
{
	if (o->race.started < o->race.addresses.count)
		datagram_fallback(&o->connection->own.datagram, next_address, o);
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
	free(o->left);
	o->left = NULL;
}

bool
opening_accept(struct handshake *h, struct loop *loop, struct connection *connection,
    const struct layer *const *layers, int64_t wait, void (*done)(void *, const struct error *),
    void *arg, struct error *err)
{
	const int64_t deadline = clock_after(clock_now(), wait < 0 ? HANDSHAKE_TIME : wait);

	return handshake_start(h, loop, connection, layers, LAYER_SERVER, deadline, done, arg, err);
}
