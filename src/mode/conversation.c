#include "mode/conversation.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "mode/say.h"

/* Once the other side has finished, how long datagrams are waited for unless -q or -w says. */
#define DATAGRAM_QUIT CLOCK_S

/* Once the peer has finished, how long standard input has to begin unless -q says. */
#define BEGIN_TIME (10 * CLOCK_S)

/* A datagram session has no end: how long it may be idle unless -w or --idle-timeout says. */
#define FLOW_IDLE (60 * CLOCK_S)

void
conversation_begin(struct conversation *c, struct loop *loop, const struct options *o,
    void (*done)(void *, const struct error *), void *arg)
{
	*c = (struct conversation){.options = o, .loop = loop, .done = done, .arg = arg};
}

void
conversation_watch(struct conversation *c, void (*far_idles)(void *, bool))
{
	c->far_idles = far_idles;
}

/* A byte stream that is to mark its messages. */
static void
mark_messages(struct end *end, enum framing framing)
{
	end->framing = framing;
	if (framing != FRAMING_NONE && !end->messages_in)
		end->receive_max = FRAMING_MAX;
}

/* How messages are marked on the near side. With a delay between lines each is one. */
static enum framing
framing_of(const struct options *o)
{
	if (o->frames)
		return FRAMING_FRAMES;
	if (o->lines)
		return FRAMING_LINES;
	return o->delay > 0 && options_type(o) != SOCK_STREAM ? FRAMING_TEXT : FRAMING_NONE;
}

/* What the options say of an end that leads to a peer. */
static void
prepare_peer(const struct options *o, struct end *end)
{
	const size_t most = (size_t)o->datagram_size;

	if (most > 0 && (end->send_max == 0 || most < end->send_max))
		end->send_max = most;
	if (most > 0)
		end->may_cut = true;
}

/* The network tells of something that may pass; arg: the peer's name. */
static void
tell_trouble(void *arg, int number)
{
	notice("%s: %s; going on", (const char *)arg, strerror(number));
}

/* A connection's end, made ready for what the options ask. */
static struct end *
open_end(const struct options *o, struct connection *connection)
{
	struct end *end = connection_end(connection);

	if (connection->type == SOCK_DGRAM && connection->owned && o->verbose > 0)
		datagram_watch(
		    &connection->own.datagram, tell_trouble, (void *)(uintptr_t)connection->name);
	prepare_peer(o, end);
	return end;
}

void
conversation_far(struct conversation *c, struct connection *peer)
{
	c->peer = peer;
	c->far = open_end(c->options, peer);
	if (c->options->frames && !c->far->messages_in)
		mark_messages(c->far, FRAMING_FRAMES);
}

bool
conversation_near_stdio(struct conversation *c, const struct stdio_rules *rules, struct error *err)
{
	c->kind = NEAR_STDIO;
	if (!stdio_open(&c->own.stdio, rules, err))
		return false;
	c->near = &c->own.end;
	mark_messages(c->near, framing_of(c->options));
	return true;
}

void
conversation_near_shared(struct conversation *c, struct stdio *shared, struct fanout *fanout,
    void (*dropped)(void *), void *arg)
{
	c->kind = NEAR_STDIO;
	stdio_share(&c->own.stdio, shared, c->loop, fanout, dropped, arg);
	c->near = &c->own.end;
	mark_messages(c->near, framing_of(c->options));
}

void
conversation_near_child(struct conversation *c, int in_fd, int out_fd, const char *name)
{
	c->kind = NEAR_CHILD;
	pipes_open(&c->own.pipes, in_fd, out_fd, name);
	c->near = &c->own.end;
	mark_messages(c->near, framing_of(c->options));
}

void
conversation_near_connection(struct conversation *c, struct connection *other)
{
	c->kind = NEAR_PEER;
	c->other = other;
	c->near = open_end(c->options, other);
	/* The side that keeps messages has no need of marks. */
	mark_messages(c->near->messages_in ? c->far : c->near, framing_of(c->options));
}

/* Whether near has no way to say that it has finished. */
static bool
near_is_endless(const struct conversation *c)
{
	return c->other != NULL && c->other->type == SOCK_DGRAM;
}

static int64_t
quit_time(const struct conversation *c)
{
	const struct options *o = c->options;

	if (o->quit != DURATION_UNSET)
		return o->quit;
	if (!(o->datagrams || near_is_endless(c)) || (o->listen && c->kind == NEAR_STDIO) ||
	    o->recv_only)
		return -1;
	return o->idle > DATAGRAM_QUIT ? o->idle : DATAGRAM_QUIT;
}

/* How long standard input may keep the end of a one-way transfer waiting: see the table of ends. */
static int64_t
begin_time(const struct conversation *c)
{
	const struct options *o = c->options;
	const struct stdio_kind *kind = &c->own.stdio.kind;

	if (c->kind != NEAR_STDIO || options_many(o) || o->send_only || !kind->input_waits ||
	    !kind->output_waits)
		return -1;
	return o->quit != DURATION_UNSET ? o->quit : BEGIN_TIME;
}

static int64_t
idle_time(const struct conversation *c)
{
	const struct options *o = c->options;
	const bool flow = o->datagrams && options_many(o) && c->kind != NEAR_STDIO;

	return o->idle < 0 && flow ? FLOW_IDLE : o->idle;
}

/* Whether far is to be half-closed only when it has finished itself. */
static bool
holds(const struct conversation *c)
{
	const struct options *o = c->options;
	const struct stdio_kind *kind = &c->own.stdio.kind;

	if (o->no_shutdown)
		return true;
	if (c->kind != NEAR_STDIO)
		return false;
	/* A half-closed connection takes no more answers to telnet's questions. */
	return o->recv_only || (o->telnet && !o->half_close) ||
	       (o->listen && kind->input_null && !o->send_only && !c->own.stdio.rules.no_input);
}

/* The table of ends, as far as the options and the kinds of ends decide. */
static struct pump_rules
rules_of(const struct conversation *c)
{
	const struct options *o = c->options;
	const bool stdio = c->kind == NEAR_STDIO;
	const struct stdio_kind *kind = &c->own.stdio.kind;

	return (struct pump_rules){
	    .idle = idle_time(c),
	    .quit = quit_time(c),
	    .begin = begin_time(c),
	    .messages = (uint64_t)o->messages,
	    .datagrams = o->datagrams,
	    .near_datagrams = near_is_endless(c),
	    .hold = !o->datagrams && holds(c),
	    .near_follows = stdio && kind->input_terminal,
	    .one_way = stdio && !kind->output_waits && !o->send_only,
	    .sent_is_all = o->send_only,
	    .near_is_peer = c->kind == NEAR_PEER,
	    .out = {.copy = o->no_splice, .delay = o->delay},
	    .in = {.copy = o->no_splice, .lenient = c->peer->many},
	    .far_unanswered = connection_unanswerable(c->peer),
	};
}

/* What changes the bytes on their way. */
static bool
open_transforms(struct conversation *c, struct pump_rules *rules, struct error *err)
{
	const struct options *o = c->options;
	const size_t room = LANE_PIECE + TELNET_CARRY;

	if (o->crlf) {
		crlf_start(&c->crlf);
		rules->out.transforms = &c->crlf.transform;
	}
	if (!o->telnet)
		return true;
	c->answers = (struct outbox){.data = malloc(room), .size = room};
	if (c->answers.data == NULL)
		return error_errno(err, FAULT_LOCAL, "memory");
	telnet_start(&c->telnet, &c->answers);
	rules->in.transforms = &c->telnet.transform;
	return true;
}

static void
pump_idles(void *arg, bool idle)
{
	struct conversation *c = arg;

	if (c->far_idles != NULL)
		c->far_idles(c->arg, idle);
}

static void
pump_done(void *arg, struct pump *pump)
{
	struct conversation *c = arg;
	const struct error error = pump->error;

	if (pump->unbegun)
		notice("done: standard input has said nothing");
	conversation_stop(c);
	c->done(c->arg, &error);
}

bool
conversation_start(struct conversation *c, struct error *err)
{
	const struct options *o = c->options;
	struct pump_rules rules = rules_of(c);
	const bool told = o->datagrams && !o->local && o->verbose > 0 && c->far->ops->lost != NULL;

	if (rules.far_unanswered && !o->recv_only && (!options_many(o) || o->verbose > 0))
		notice("the sender has no address: it can be heard, not answered");
	if (!open_transforms(c, &rules, err) ||
	    !pump_start(&c->pump, c->loop, c->near, c->far, &rules, pump_done, c, err))
		return false;
	c->pump.far_idles = pump_idles;
	c->pump.watchers[0] = &c->reminder.task;
	c->pump.watchers[1] = &c->losses.task;
	if (rules.begin > REMINDER_AFTER && !reminder_start(&c->reminder, c->loop, &c->pump, err))
		return false;
	return (!told && !c->peer->many) ||
	       losses_watch(&c->losses, c->loop, told ? c->far : NULL, &c->pump.in, err);
}

void
conversation_near_left(struct conversation *c)
{
	pump_near_left(&c->pump);
}

void
conversation_break(struct conversation *c, const struct error *error)
{
	pump_break(&c->pump, error);
}

void
conversation_stop(struct conversation *c)
{
	/* Of two peers each is to know that the other did not get, or say, all. */
	const bool broken = c->kind == NEAR_PEER && c->pump.error.fault != FAULT_NONE;

	losses_stop(&c->losses);
	reminder_stop(&c->reminder);
	pump_stop(&c->pump);
	/* A peer that was not told all must not take what it got for the whole. */
	if (c->peer != NULL)
		connection_close(c->peer, broken || c->pump.out.state != LANE_FINISHED);
	if (c->other != NULL)
		connection_close(c->other, broken || c->pump.in.state != LANE_FINISHED);
	else if (c->near != NULL)
		c->near->ops->close(c->near, broken || c->pump.in.state != LANE_FINISHED);
	c->peer = c->other = NULL;
	c->far = c->near = NULL;
	free(c->answers.data);
	c->answers.data = NULL;
}
