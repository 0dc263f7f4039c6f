#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "mode/conversation.h"
#include "mode/mode.h"
#include "mode/say.h"
#include "net/connect.h"
#include "net/local.h"
#include "net/resolve.h"
#include "net/signals.h"

/* Connecting: the name is looked up, its addresses are raced, the winner is talked to. */
struct dialling {
	const struct options *options;
	struct loop loop;
	struct signals signals; /* caught while there is something to remove */
	struct resolver resolver;
	struct race race;
	struct local_name reply; /* what a unix datagram client is answered at */
	struct conversation conversation;
	int64_t deadline;
	char name[ADDRESS_TEXT + 300]; /* of the peer, as the user gave it */
	int status;
};

static void
dial_end(struct dialling *d, int status)
{
	d->status = status;
	loop_stop(&d->loop);
}

static void
dial_fail(struct dialling *d, const struct error *error)
{
	dial_end(d, complain(error));
}

static void
conversation_done(void *arg, int status)
{
	dial_end(arg, status);
}

/* nc's sentence. */
static void
say_connected(const struct options *o)
{
	const char *protocol = o->datagrams ? "udp" : "tcp";
	const struct servent *service = NULL;

	if (o->local) {
		say("Connection to %s succeeded!", o->path);
		return;
	}
	if (!o->numeric)
		service = getservbyport(htons(o->port_number), protocol);
	say("Connection to %s %u port [%s/%s] succeeded!", o->host, o->port_number, protocol,
	    service != NULL ? service->s_name : "*");
}

/* What the failure of an attempt is to the user. */
static enum fault
attempt_fault(const struct attempt *a)
{
	switch (a->failure) {
	case ETIMEDOUT:
		return FAULT_TIME;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOENT:
	case ENOTDIR:
		return FAULT_LOCAL;
	case EACCES:
		return address_family(a->to) == AF_UNIX ? FAULT_LOCAL : FAULT_PEER;
	default:
		return FAULT_PEER;
	}
}

static void
notice_attempt(const struct dialling *d, const struct attempt *a)
{
	char host[ADDRESS_TEXT];

	address_host(host, a->to);
	if (a->state != ATTEMPT_FAILED)
		return;
	if (d->options->local || strcmp(host, d->options->host) == 0)
		notice("connect to %s: %s", d->name, strerror(a->failure));
	else
		notice("connect to %s (%s): %s", d->name, host, strerror(a->failure));
}

/* One line for each address with -v; without, the most telling cause alone. */
static void
race_lost(struct dialling *d, const struct race *race)
{
	const struct attempt *telling = race_telling(race);

	if (d->options->verbose > 0)
		for (size_t i = 0; i < race->started; i++)
			notice_attempt(d, &race->attempts[i]);
	else
		notice("connect to %s: %s", d->name, strerror(telling->failure));
	dial_end(d, (int)attempt_fault(telling));
}

static void
race_done(void *arg, struct race *race, const struct attempt *winner)
{
	struct dialling *d = arg;
	struct peer peer = {0};
	struct error error;

	if (winner == NULL) {
		race_lost(d, race);
		return;
	}
	if (d->options->verbose > 1)
		for (size_t i = 0; i < race->started; i++)
			notice_attempt(d, &race->attempts[i]);
	if (d->options->verbose > 0)
		say_connected(d->options);
	peer.address = *winner->to;
	if (!conversation_start(&d->conversation, &d->loop, d->options, winner->fd, &peer, d->name,
		conversation_done, d, &error))
		dial_fail(d, &error);
}

static void
resolved(void *arg, const struct addresses *found, const struct error *failure)
{
	struct dialling *d = arg;
	const struct address *from = d->reply.directory[0] != '\0' ? &d->reply.address : NULL;
	struct error error;

	if (found == NULL)
		dial_fail(d, failure);
	else if (!race_start(&d->race, &d->loop, found, options_type(d->options), from, d->deadline,
		     race_done, d, &error))
		dial_fail(d, &error);
}

static bool
dial_local(struct dialling *d, struct error *err)
{
	struct addresses addresses = {.count = 1};
	size_t max;

	address_local(&addresses.list[0], d->options->path, &max);
	if (d->options->datagrams &&
	    (!signals_catch(&d->signals, &d->loop, err) || !local_private(&d->reply, err)))
		return false;
	resolved(d, &addresses, NULL);
	return true;
}

static bool
dial_ip(struct dialling *d, struct error *err)
{
	const struct lookup lookup = options_lookup(d->options);

	return resolver_start(&d->resolver, &d->loop, &lookup, d->deadline, resolved, d, err);
}

int
dial(const struct options *o)
{
	struct dialling d = {.options = o, .deadline = clock_after(clock_now(), o->wait)};
	struct error error;

	loop_init(&d.loop);
	if (o->local)
		snprintf(d.name, sizeof(d.name), "%s", o->path);
	else
		snprintf(d.name, sizeof(d.name), "%s %s", o->host, o->port);
	if (!(o->local ? dial_local(&d, &error) : dial_ip(&d, &error)) ||
	    !loop_run(&d.loop, &error))
		dial_fail(&d, &error);
	conversation_stop(&d.conversation);
	local_remove(&d.reply);
	signals_release(&d.signals);
	loop_free(&d.loop);
	return d.status;
}
