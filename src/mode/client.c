#include "mode/client.h"

#include <bsd/string.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "mode/say.h"
#include "net/socket.h"

#define COUNTS_TEXT 80

/* So many that have no connection yet are counted: it is not worth while to count them all. */
#define DIALLING_COUNTED 8

static void
talk_done(void *arg, const struct error *error)
{
	struct client *c = arg;

	c->calls->done(c->arg, c, error, 0);
}

static void
execution_done(void *arg, const struct error *error, int status)
{
	struct client *c = arg;

	c->calls->done(c->arg, c, error, status);
}

static void
talk_idles(void *arg, bool idle)
{
	struct client *c = arg;

	c->calls->idles(c->arg, c, idle);
}

/* It has not taken what it was sent, and others wait. */
static void
client_dropped(void *arg)
{
	struct client *c = arg;
	struct error error;

	error_set(&error, FAULT_PEER, "dropped %s: it did not take what it was sent", c->name);
	client_break(c, &error);
}

static bool
start_conversation(struct client *c, struct error *err)
{
	const struct options *o = c->host->options;
	const struct stdio_rules rules = {.no_input = o->recv_only, .no_output = o->send_only};
	const struct host *host = c->host;
	struct conversation *talk = &c->talk.conversation;
	bool opened = true;

	conversation_begin(talk, host->loop, o, talk_done, c);
	conversation_far(talk, &c->connection);
	if (host->stdio != NULL)
		conversation_near_shared(talk, host->stdio, host->fanout, client_dropped, c);
	else
		opened = conversation_near_stdio(talk, &rules, err);
	conversation_watch(talk, talk_idles);
	if (opened && conversation_start(talk, err))
		return true;
	conversation_stop(talk);
	return false;
}

/* Whether the client has gone already: nothing is begun for it then. */
static bool
has_gone(struct client *c, struct error *err)
{
	if (!c->connection.owned || (errno = socket_error(c->connection.fd)) == 0)
		return false;
	connection_close(&c->connection, false);
	error_errno(err, FAULT_PEER, "accept");
	return true;
}

void
client_open(struct client *c, int fd, int type, const struct peer *peer, const char *name,
    struct demux *demux)
{
	strlcpy(c->name, name, sizeof(c->name));
	if (demux != NULL) {
		connection_init_flow(&c->connection, demux, fd, peer, c->name);
	} else {
		connection_init(&c->connection, fd, type, peer, c->name);
		c->connection.selective = true;
	}
}

/* Joins a client whose connection is ready to what it came for. */
static bool
start_service(struct client *c, struct error *err)
{
	struct host *host = c->host;
	const struct options *o = host->options;

	if (!options_command(o) && o->to.text == NULL)
		return start_conversation(c, err);
	if (has_gone(c, err))
		return false;
	if (options_command(o)) {
		if (!execution_start(&c->talk.execution, host->loop, &host->children, o,
			&c->connection, execution_done, c, err))
			return false;
		execution_watch(&c->talk.execution, talk_idles);
		return true;
	}
	if (!relay_start(&c->talk.relay, host->loop, &host->way, &c->connection, talk_done, c, err))
		return false;
	relay_watch(&c->talk.relay, talk_idles);
	return true;
}

/* The layers of the connection are done, or have failed. */
static void
client_ready(void *arg, const struct error *error)
{
	struct client *c = arg;
	struct error failure = *error;

	if (error->fault == FAULT_NONE && start_service(c, &failure))
		return;
	connection_close(&c->connection, true);
	c->calls->done(c->arg, c, &failure, 0);
}

bool
client_start(struct client *c, struct host *host, const struct client_calls *calls, void *arg,
    struct error *err)
{
	const struct options *o = host->options;

	c->host = host;
	c->calls = calls;
	c->arg = arg;
	if (o->layers_in == NULL || c->connection.type != SOCK_STREAM)
		return start_service(c, err);
	if (opening_accept(&c->handshake, host->loop, &c->connection, o->layers_in, o->idle,
		client_ready, c, err))
		return true;
	connection_close(&c->connection, true);
	return false;
}

bool
client_may_drop(struct client *c)
{
	const struct options *o = c->host->options;

	if (c->handshake.loop != NULL)
		return false;
	if (options_command(o))
		return execution_may_drop(&c->talk.execution);
	if (o->to.text != NULL)
		return relay_may_drop(&c->talk.relay);
	return pump_may_drop(&c->talk.conversation.pump);
}

static void
stop_handshake(struct client *c)
{
	handshake_stop(&c->handshake);
	connection_close(&c->connection, true);
}

static void
break_handshake(struct client *c, const struct error *cause)
{
	stop_handshake(c);
	c->calls->done(c->arg, c, cause, 0);
}

void
client_break(struct client *c, const struct error *cause)
{
	const struct options *o = c->host->options;

	if (c->handshake.loop != NULL)
		break_handshake(c, cause);
	else if (options_command(o))
		execution_break(&c->talk.execution, cause);
	else if (o->to.text != NULL)
		relay_break(&c->talk.relay, cause);
	else
		conversation_break(&c->talk.conversation, cause);
}

void
client_stop(struct client *c)
{
	const struct options *o = c->host->options;

	if (c->handshake.loop != NULL)
		stop_handshake(c);
	else if (options_command(o))
		execution_stop(&c->talk.execution);
	else if (o->to.text != NULL)
		relay_stop(&c->talk.relay);
	else
		conversation_stop(&c->talk.conversation);
}

/* The bytes that went to and from it, as far as we carried them; else nothing. Returns buf. */
static char *
counts_of(char buf[static COUNTS_TEXT], const struct client *c)
{
	const struct options *o = c->host->options;
	const struct pump *pump = &c->talk.conversation.pump;

	buf[0] = '\0';
	if (options_command(o) && c->talk.execution.direct)
		return buf;
	if (options_command(o))
		pump = &c->talk.execution.conversation.pump;
	else if (o->to.text != NULL)
		pump = &c->talk.relay.conversation.pump;
	snprintf(buf, COUNTS_TEXT, " (%" PRIu64 " bytes sent, %" PRIu64 " received)",
	    pump->out.delivered, pump->in.delivered);
	return buf;
}

void
client_tell(const struct client *c, const struct error *error, int status)
{
	const struct options *o = c->host->options;
	/* Datagrams have no other end. */
	const bool well =
	    error->fault == FAULT_NONE || (o->datagrams && error->fault == FAULT_TIME);
	const bool named = strstr(error->text, c->name) != NULL;
	char counts[COUNTS_TEXT], program[32] = "";

	/* What is wrong with standard input or output ends the server, and is told then. */
	if (o->verbose == 0 || error->fault == FAULT_STANDARD)
		return;
	/* So is what becomes of a client that is the only one. */
	if (!options_many(o) && (o->to.text == NULL || error->fault != FAULT_NONE))
		return;
	if (options_command(o))
		snprintf(program, sizeof(program), "; its program's status: %d", status);
	if (well)
		notice("%s: closed%s%s", c->name, counts_of(counts, c), program);
	else
		notice("%s%s%s%s", named ? "" : c->name, named ? "" : ": ", error->text, program);
}

int
client_descriptors(const struct host *host)
{
	const struct options *o = host->options;
	const size_t dialling = host->way.dialling;

	if (options_command(o))
		return execution_is_direct(o) && o->layers_in == NULL ? 0 : 4;
	if (o->to.text == NULL)
		return 0;
	return 2 * (dialling < DIALLING_COUNTED ? (int)dialling + 1 : DIALLING_COUNTED);
}
