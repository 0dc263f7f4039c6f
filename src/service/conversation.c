#include "service/conversation.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "service/introduce.h"

bool
talk_is_plain(const struct talk_rules *r)
{
	return r->framing == FRAMING_NONE && r->datagram_size == 0 && !r->crlf && !r->telnet &&
	       r->delay <= 0 && r->messages == 0 && r->idle < 0 && r->quit < 0 && !r->hold &&
	       r->visible == VISIBLE_NOT && r->rate_out == 0 && r->rate_in == 0 && !r->watched;
}

void
conversation_begin(struct conversation *c, struct loop *loop, const struct talk_rules *rules,
    struct observer *observer, void (*done)(void *, const struct error *), void *arg)
{
	*c = (struct conversation){
	    .rules = rules,
	    .observer = observer,
	    .loop = loop,
	    .pumping = {.idle = rules->idle,
		.quit = rules->quit,
		.input_timeout = -1,
		.messages = rules->messages,
		.hold = rules->hold,
		.sent_is_all = rules->stdio.no_output,
		.out = {.copy = rules->copy, .delay = rules->delay, .rate = rules->rate_out},
		.in = {.copy = rules->copy, .rate = rules->rate_in}},
	    .done = done,
	    .arg = arg,
	};
}

void
conversation_watch(struct conversation *c, void (*far_idles)(void *, bool))
{
	c->far_idles = far_idles;
}

/* Sets how an end that is a byte stream marks its messages. */
static void
mark_messages(struct end *end, enum framing framing)
{
	end->framing = framing;
	if (framing != FRAMING_NONE && !end->messages_in)
		end->receive_max = FRAMING_MAX;
}

/* The end of a connection, with the limits that the rules set. */
static struct end *
open_end(struct conversation *c, struct connection *connection)
{
	struct end *end = connection_end(connection);
	const size_t most = c->rules->datagram_size;

	if (connection->type == SOCK_DGRAM && connection->owned)
		datagram_watch(&connection->own.datagram, c->observer);
	if (most > 0 && (end->send_max == 0 || most < end->send_max))
		end->send_max = most;
	if (most > 0)
		end->may_cut = true;
	return end;
}

/* Lets the observer know what is decided, and why. */
static void
open_tracers(struct conversation *c)
{
	if (!c->rules->trace)
		return;
	c->tracer = (struct tracer){.observer = c->observer, .name = c->peer->name};
	c->out_tracer = c->in_tracer = c->tracer;
	c->out_tracer.about = "out lane";
	c->in_tracer.about = "in lane";
	c->pumping.tracer = &c->tracer;
	c->pumping.out.tracer = &c->out_tracer;
	c->pumping.in.tracer = &c->in_tracer;
}

void
conversation_far(struct conversation *c, struct connection *peer)
{
	c->peer = peer;
	open_tracers(c);
	introduce_connection(c->pumping.tracer, "far", peer);
	c->far = open_end(c, peer);
	c->pumping.datagrams = peer->type == SOCK_DGRAM;
	c->pumping.in.skip_too_long = peer->any_sender;
	c->pumping.far_unanswered = connection_unanswerable(peer);
	if (c->rules->framing == FRAMING_FRAMES && !c->far->messages_in)
		mark_messages(c->far, FRAMING_FRAMES);
}

/* Derives the rules for standard input and output from their kind. */
static void
near_is_stdio(struct conversation *c)
{
	const struct talk_rules *r = c->rules;
	const struct stdio_kind *kind = &c->own.stdio.kind;

	introduce_stdio(c->pumping.tracer, &c->own.stdio);
	c->near = &c->own.end;
	mark_messages(c->near, r->framing);
	c->pumping.hold = c->pumping.hold || (r->hold_null && kind->input_null);
	c->pumping.near_follows = kind->input_terminal;
	c->pumping.one_way = !kind->output_pipe && !r->stdio.no_output;
	if (kind->input_pipe && kind->output_pipe)
		c->pumping.input_timeout = r->input_timeout;
}

bool
conversation_near_stdio(struct conversation *c, struct error *err)
{
	if (!stdio_open(&c->own.stdio, &c->rules->stdio, err))
		return false;
	near_is_stdio(c);
	return true;
}

void
conversation_near_shared(struct conversation *c, struct stdio *shared, struct fanout *fanout,
    void (*dropped)(void *), void *arg)
{
	stdio_share(&c->own.stdio, shared, c->loop, fanout, dropped, arg);
	near_is_stdio(c);
}

void
conversation_near_child(struct conversation *c, int in_fd, int out_fd, const char *name)
{
	trace(c->pumping.tracer, "near: %s: a program%s", name,
	    in_fd != -1 ? ", with pipes" : " that has exited");
	pipes_open(&c->own.pipes, in_fd, out_fd, name);
	c->near = &c->own.end;
	mark_messages(c->near, c->rules->framing);
}

void
conversation_near_connection(struct conversation *c, struct connection *other)
{
	introduce_connection(c->pumping.tracer, "near", other);
	c->other = other;
	c->near = open_end(c, other);
	c->pumping.near_is_peer = true;
	c->pumping.near_datagrams = other->type == SOCK_DGRAM;
	/* The side that keeps message boundaries needs no marks. */
	mark_messages(c->near->messages_in ? c->far : c->near, c->rules->framing);
}

/* Puts the transforms into the lanes. */
static bool
open_transforms(struct conversation *c, struct error *err)
{
	struct pump_rules *rules = &c->pumping;
	const size_t room = LANE_PIECE + TELNET_CARRY;

	if (c->rules->crlf) {
		crlf_start(&c->crlf);
		rules->out.transforms = &c->crlf.transform;
	}
	if (c->rules->visible != VISIBLE_NOT) {
		visible_start(&c->visible, c->rules->visible == VISIBLE_TERMINAL);
		rules->in.transforms = &c->visible.transform;
	}
	if (!c->rules->telnet)
		return true;
	c->answers = (struct outbox){.data = malloc(room), .size = room};
	if (c->answers.data == NULL)
		return error_errno(err, FAULT_LOCAL, "memory");
	telnet_start(&c->telnet, &c->answers);
	c->telnet.transform.next = rules->in.transforms;
	rules->in.transforms = &c->telnet.transform;
	return true;
}

/* Puts the taps of the record into the lanes. */
static bool
open_record(struct conversation *c, struct error *err)
{
	const struct record_of of = {.name = c->peer->name,
	    .fd = c->peer->fd,
	    .type = c->peer->type,
	    .peer = &c->peer->peer,
	    .end = c->far,
	    .listens = c->rules->listens,
	    .task = &c->pump.task};

	if (c->rules->recording == NULL)
		return true;
	c->record = record_new(c->rules->recording, &of, err);
	c->pumping.out.sink_taps = record_sent(c->record);
	c->pumping.in.source_taps = record_received(c->record);
	return c->record != NULL;
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
	struct error error = pump->error, unexpected;

	if (pump->no_input)
		event_tell(c->observer, (struct event){.kind = EVENT_NO_INPUT});
	if (!record_end(c->record, &unexpected) && error.fault == FAULT_NONE)
		error = unexpected;
	conversation_stop(c);
	c->done(c->arg, &error);
}

bool
conversation_start(struct conversation *c, bool among_many, struct error *err)
{
	const struct pump_rules *rules = &c->pumping;

	if (rules->far_unanswered && !c->rules->stdio.no_input)
		event_tell(
		    c->observer, (struct event){.kind = EVENT_UNANSWERABLE, .always = !among_many});
	c->pumping.hold = rules->hold && !rules->datagrams;
	if (!open_transforms(c, err) || !open_record(c, err) ||
	    !pump_start(&c->pump, c->loop, c->near, c->far, rules, pump_done, c, err))
		return false;
	c->pump.far_idles = pump_idles;
	c->pump.watcher = &c->reporter.task;
	return (c->far->ops->lost == NULL && rules->input_timeout < 0) ||
	       reporter_start(&c->reporter, c->loop, &c->pump, c->observer, err);
}

void
conversation_near_left(struct conversation *c)
{
	pump_near_gone(&c->pump);
}

void
conversation_break(struct conversation *c, const struct error *error)
{
	pump_break(&c->pump, error);
}

void
conversation_stop(struct conversation *c)
{
	/* If one side of a relay fails, both connections are reset: data was lost. */
	const bool broken = c->other != NULL && c->pump.error.fault != FAULT_NONE;

	reporter_stop(&c->reporter);
	pump_stop(&c->pump);
	record_free(c->record);
	c->record = NULL;
	/* A peer that has not received everything must not see an orderly end. */
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
