#include <bsd/stdlib.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "mode/execution.h"
#include "mode/mode.h"
#include "mode/report.h"
#include "mode/retry.h"
#include "mode/say.h"
#include "mode/target.h"
#include "net/descriptor.h"
#include "net/pass.h"
#include "net/socket.h"
#include "open/race.h"

/* How many of those who answer what was broadcast are told once only. */
#define ANSWERERS_MAX 64

/*
 * Connecting: the name is looked up, its addresses are raced, the winner is talked to. Of several
 * ports one comes after the other, and those where nobody is are passed over.
 */
struct dialling {
	const struct options *options;
	struct loop loop;
	struct target target;
	struct signals signals;
	char key[SECRET_MAX];
	struct race race;
	struct retry retry;
	struct timer pause; /* between ports */
	struct connection connection;
	struct conversation conversation;
	struct execution execution;
	struct children children;
	struct ports *left;     /* of several, those to come; NULL: there is one port alone */
	uint16_t port;          /* the one that is tried */
	int64_t deadline;       /* for reaching it */
	char name[REPORT_NAME]; /* of the peer */
	size_t answerers;       /* to what was broadcast; of so many the addresses are known: */
	struct address answered[ANSWERERS_MAX];
	bool connected;     /* with one of the ports at least */
	struct error cause; /* why the first one was not; FAULT_NONE: it was */
	bool told;          /* that has been said */
	int status;         /* the first that isn't 0 */
};

static void dial_port(void *arg);

static void
dial_fail(void *arg, const struct error *error)
{
	struct dialling *d = arg;

	d->status = complain(error);
	loop_stop(&d->loop);
}

/* Takes the next port, or with -r any; false when none is left. */
static bool
next_port(struct dialling *d)
{
	size_t skip;
	int port;

	if (d->left == NULL || d->left->count == 0)
		return false;
	skip = d->options->random_ports ? arc4random_uniform((uint32_t)d->left->count) : 0;
	port = ports_next(d->left, 0);
	while (skip-- > 0)
		port = ports_next(d->left, port + 1);
	d->port = (uint16_t)port;
	ports_remove(d->left, d->port);
	return true;
}

/* All ports have been tried, and nobody was there. */
static void
dial_missed(struct dialling *d)
{
	const struct options *o = d->options;

	if (o->port_count > 1 && d->cause.fault != FAULT_NAME)
		error_set(&d->cause, d->cause.fault, "connect to %s %s: nobody is at these ports",
		    o->host, o->port);
	if (retry_later(&d->retry, &d->cause))
		return;
	if (!d->told)
		notice("%s", d->cause.text);
	d->status = (int)d->cause.fault;
	loop_stop(&d->loop);
}

/* Done with a port: the next one, or the end. */
static void
port_done(struct dialling *d)
{
	const int64_t at = clock_now() + d->options->delay;
	struct error error;

	if (next_port(d)) {
		if (!timer_start(&d->pause, &d->loop, at, dial_port, d, &error))
			dial_fail(d, &error);
	} else if (d->connected) {
		loop_stop(&d->loop);
	} else {
		dial_missed(d);
	}
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
		port_done(d);
}

static void
conversation_done(void *arg, const struct error *error)
{
	talk_done(arg, conclude(error, 0));
}

/* The program's status is ours, unless all seems well to it and is not. */
static void
execution_done(void *arg, const struct error *error, int status)
{
	talk_done(arg, conclude(error, status));
}

/* Joins the socket to a program, or to standard input and output, which several ports share. */
static bool
start_talk(struct dialling *d, struct error *err)
{
	const struct options *o = d->options;
	const struct stdio_rules rules = {
	    .no_input = o->recv_only, .no_output = o->send_only, .keep = o->port_count > 1};
	struct conversation *talk = &d->conversation;

	if (options_command(o))
		return execution_start(&d->execution, &d->loop, &d->children, o, &d->connection,
		    execution_done, d, err);
	conversation_begin(talk, &d->loop, o, conversation_done, d);
	conversation_far(talk, &d->connection);
	return conversation_near_stdio(talk, &rules, err) && conversation_start(talk, err);
}

/* Gives the socket away: who has asked for it talks. */
static void
pass_on(struct dialling *d, int fd)
{
	struct error error;
	const bool passed = pass_descriptor(fd, &error);

	descriptor_close(fd);
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
	notice("%s answers", address_text(text, &from->address));
	return true;
}

static void notice_attempt(const struct dialling *, const struct attempt *);

/* Of datagrams a refusal comes late, when the race is over: the next address's socket, or -1. */
static int
next_address(void *arg)
{
	struct dialling *d = arg;
	struct race *race = &d->race;
	struct attempt *a = &race->attempts[race->started - 1];
	struct error error;

	a->state = ATTEMPT_FAILED;
	a->failure = ECONNREFUSED;
	while (race->started < race->addresses.count) {
		if (d->options->verbose > 0)
			notice_attempt(d, a);
		a = &race->attempts[race->started];
		if (!attempt_start(a, &race->addresses.list[race->started++], race->origin, &error))
			return -1;
		if (a->state == ATTEMPT_WON)
			return a->fd;
	}
	return -1;
}

/* Makes a connection of the socket that has won. */
static void
open_connection(struct dialling *d, const struct attempt *winner)
{
	const struct peer peer = {.address = *winner->to};
	struct connection *c = &d->connection;
	struct datagram *datagram = &c->own.datagram;

	connection_init(c, winner->fd, options_type(d->options), &peer, d->name);
	if (c->type != SOCK_DGRAM)
		return;
	(void)connection_end(c);
	if (origin_is_loose(&d->target.origin, &peer.address))
		datagram_scatter(datagram, hear_answer, d);
	else if (d->race.started < d->race.addresses.count)
		datagram_move_on(datagram, next_address, d);
}

static void
dial_connected(struct dialling *d, const struct attempt *winner)
{
	struct error error;

	d->connected = true;
	if (d->options->verbose > 0)
		report_success(d->options, d->port);
	if (d->options->pass) {
		pass_on(d, winner->fd);
		return;
	}
	open_connection(d, winner);
	if (!start_talk(d, &error))
		dial_fail(d, &error);
}

static void
notice_attempt(const struct dialling *d, const struct attempt *a)
{
	char host[ADDRESS_TEXT];

	address_host(host, a->to);
	if (a->state != ATTEMPT_FAILED)
		return;
	if (strcmp(host, d->options->host) == 0)
		notice("connect to %s: %s", d->name, strerror(a->failure));
	else
		notice("connect to %s (%s): %s", d->name, host, strerror(a->failure));
}

/* Nobody could be reached at this port. With -v there is a line for each address, if it is a
 * host's.
 */
static void
port_missed(struct dialling *d, const struct race *race, const struct error *cause)
{
	if (d->cause.fault == FAULT_NONE)
		d->cause = *cause;
	if (d->options->verbose > 0 && d->options->retry == DURATION_UNSET && !d->options->local) {
		for (size_t i = 0; i < race->started; i++)
			notice_attempt(d, &race->attempts[i]);
		d->told = true;
	}
	port_done(d);
}

static void
race_done(void *arg, struct race *race, const struct attempt *winner)
{
	struct dialling *d = arg;
	const struct attempt *telling;
	struct error error;

	if (winner != NULL) {
		for (size_t i = 0; i < race->started && d->options->verbose > 1; i++)
			notice_attempt(d, &race->attempts[i]);
		dial_connected(d, winner);
	} else if (race->error.fault != FAULT_NONE) {
		dial_fail(d, &race->error);
	} else {
		telling = race_telling(race);
		report_failure(&error, d->options, d->name, telling->to, telling->failure);
		port_missed(d, race, &error);
	}
}

/*
 * Whether standard input has something to say already, which can go with the first packet. A fast
 * open that nothing is sent with never begins.
 */
static bool
input_waits(const struct options *o)
{
	return !o->recv_only && !o->pass && !options_command(o) && socket_unread(STDIN_FILENO) > 0;
}

/* Races the host's addresses for a connection to the port. */
static void
race_port(struct dialling *d)
{
	struct target *t = &d->target;
	struct error error;

	report_name(d->name, d->options, d->port);
	for (size_t i = 0; i < t->found.count; i++)
		address_set_port(&t->found.list[i], d->port);
	/* A fast open tells only when data is sent whether anybody is there. */
	t->settings.fastopen =
	    d->options->settings.fastopen && t->found.count == 1 && input_waits(d->options);
	if (!race_start(
		&d->race, &d->loop, &t->found, &t->origin, d->deadline, race_done, d, &error))
		dial_fail(d, &error);
}

/* The pause before the next port is over. */
static void
dial_port(void *arg)
{
	struct dialling *d = arg;

	d->deadline = retry_deadline(&d->retry);
	race_port(d);
}

static void
target_found(void *arg, const struct error *failure)
{
	struct dialling *d = arg;

	if (failure == NULL) {
		race_port(d);
	} else {
		d->cause = *failure;
		dial_missed(d);
	}
}

/* The ports from the first one on. */
static void
dial_begin(void *arg)
{
	struct dialling *d = arg;
	const struct options *o = d->options;
	struct error error;
	const char *bad;
	size_t len;

	d->port = o->port_number;
	if (d->left != NULL) {
		(void)options_ports(o, d->left, o->port, 1, &bad, &len);
		(void)next_port(d);
	}
	d->cause.fault = FAULT_NONE;
	d->told = false;
	d->deadline = retry_deadline(&d->retry);
	if (!target_find(&d->target, d->deadline, target_found, d, &error))
		dial_fail(d, &error);
}

static bool
dial_open(struct dialling *d, struct error *err)
{
	struct settings settings;

	if (d->options->port_count > 1) {
		d->left = malloc(sizeof(*d->left));
		if (d->left == NULL)
			return error_errno(err, FAULT_LOCAL, "memory");
	}
	if (options_command(d->options)) {
		if (!signals_catch(&d->signals, &d->loop, err))
			return false;
		children_watch(&d->children, &d->signals);
	}
	if (!options_settings(&settings, d->options, d->key, err) ||
	    !target_open(&d->target, &d->loop, d->options, &settings, &d->signals, err))
		return false;
	d->target.origin.loose = !d->options->pass;
	return true;
}

int
dial(const struct options *o)
{
	struct dialling d = {.options = o};
	struct error error;

	loop_init(&d.loop);
	retry_start(&d.retry, &d.loop, o, dial_begin, dial_fail, &d);
	if (!dial_open(&d, &error)) {
		dial_fail(&d, &error);
	} else {
		dial_begin(&d);
		if (!loop_run(&d.loop, &error))
			dial_fail(&d, &error);
	}
	conversation_stop(&d.conversation);
	execution_stop(&d.execution);
	children_close(&d.children, &d.loop);
	target_close(&d.target);
	signals_release(&d.signals);
	free(d.left);
	loop_free(&d.loop);
	return d.status;
}
