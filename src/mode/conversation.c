#include "mode/conversation.h"

#include <bsd/string.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "mode/say.h"

/* After the end of input, how long connected datagrams are waited for unless -q or -w says. */
#define DATAGRAM_QUIT CLOCK_S

static int64_t
quit_time(const struct options *o)
{
	if (o->quit != DURATION_UNSET)
		return o->quit;
	if (!o->datagrams || o->listen || o->recv_only)
		return -1;
	return o->idle > DATAGRAM_QUIT ? o->idle : DATAGRAM_QUIT;
}

/* The table of ends, as far as the options and the kinds of standard input and output decide. */
static struct pump_rules
rules_of(const struct options *o, const struct standard_kind *near, const struct peer *peer)
{
	const bool nothing_to_say =
	    o->recv_only || (o->listen && near->input_null && !o->send_only);
	/* A half-closed connection takes no more answers to telnet's questions. */
	const bool still_answers = o->telnet && !o->half_close;

	return (struct pump_rules){
	    .idle = o->idle,
	    .quit = quit_time(o),
	    .messages = (uint64_t)o->messages,
	    .datagrams = o->datagrams,
	    .hold = !o->datagrams && (nothing_to_say || o->no_shutdown || still_answers),
	    .near_follows = near->input_terminal,
	    .one_way = !near->output_waits && !o->send_only,
	    .sent_is_all = o->send_only,
	    .out = {.copy = o->no_splice, .delay = o->delay},
	    .in = {.copy = o->no_splice},
	    .far_unanswered = !address_named(&peer->address) && o->datagrams,
	};
}

/* A byte stream that is to mark its messages. */
static void
mark_messages(struct end *end, enum framing framing)
{
	end->framing = framing;
	if (framing != FRAMING_NONE && !end->messages_in)
		end->receive_max = FRAMING_MAX;
}

static void
open_far(struct conversation *c, const struct options *o, int fd, const struct peer *peer)
{
	struct end *end = &c->far.end;
	const size_t most = (size_t)o->datagram_size;

	if (o->datagrams)
		datagram_open(&c->far.datagram, fd, o->listen, peer, c->name);
	else if (o->seqpacket)
		seqpacket_open(&c->far.datagram, fd, c->name);
	else
		stream_open(&c->far.stream, fd, !o->local, c->name);
	if (o->frames && !end->messages_in)
		mark_messages(end, FRAMING_FRAMES);
	if (most > 0 && (end->send_max == 0 || most < end->send_max))
		end->send_max = most;
	if (most > 0)
		end->divisible = true;
}

/* How messages are marked in standard input and output. With a delay between lines each is one. */
static enum framing
framing_of(const struct options *o)
{
	if (o->frames)
		return FRAMING_FRAMES;
	if (o->lines)
		return FRAMING_LINES;
	return o->delay > 0 && options_type(o) != SOCK_STREAM ? FRAMING_TEXT : FRAMING_NONE;
}

/* Standard input and output; those of several ports share them. */
static bool
open_near(struct conversation *c, const struct options *o, struct error *err)
{
	const struct standard_rules rules = {
	    .mute = o->recv_only,
	    .deaf = o->send_only,
	    .keep = o->port_count > 1,
	};

	if (!standard_open(&c->near, &rules, err))
		return false;
	mark_messages(&c->near.end, framing_of(o));
	return true;
}

/* What changes the bytes on their way, and answers in between. */
static bool
open_filters(
    struct conversation *c, const struct options *o, struct pump_rules *rules, struct error *err)
{
	const size_t room = LANE_PIECE + TELNET_CARRY;

	if (o->crlf) {
		crlf_start(&c->crlf);
		rules->out.filter = &c->crlf.filter;
	}
	if (!o->telnet)
		return true;
	c->answers = (struct outbox){.data = malloc(room), .size = room};
	if (c->answers.data == NULL)
		return error_errno(err, FAULT_LOCAL, "memory");
	telnet_start(&c->telnet, &c->answers);
	rules->in.filter = &c->telnet.filter;
	rules->in.answers = rules->out.aside = &c->answers;
	return true;
}

static void
pump_done(void *arg, struct pump *pump)
{
	struct conversation *c = arg;
	int status = 0;

	if (c->tells_losses)
		losses_tell(&c->losses);
	if (pump->error.fault != FAULT_NONE)
		status = complain(&pump->error);
	conversation_stop(c);
	c->done(c->arg, status);
}

bool
conversation_start(struct conversation *c, struct loop *loop, const struct options *o, int fd,
    const struct peer *peer, const char *name, void (*done)(void *arg, int status), void *arg,
    struct error *err)
{
	struct pump_rules rules;

	c->open = true;
	c->done = done;
	c->arg = arg;
	c->answers = (struct outbox){0};
	strlcpy(c->name, name, sizeof(c->name));
	open_far(c, o, fd, peer);
	if (!open_near(c, o, err))
		return false;
	rules = rules_of(o, &c->near.kind, peer);
	if (rules.far_unanswered && !o->recv_only)
		notice("the sender has no address: it can be heard, not answered");
	if (!open_filters(c, o, &rules, err) ||
	    !pump_start(&c->pump, loop, &c->near.end, &c->far.end, &rules, pump_done, c, err))
		return false;
	c->tells_losses = o->datagrams && !o->local && o->verbose > 0;
	return !c->tells_losses ||
	       losses_watch(&c->losses, loop, &c->far.datagram, &c->pump.in, err);
}

void
conversation_stop(struct conversation *c)
{
	if (!c->open)
		return;
	c->open = false;
	if (c->tells_losses)
		loop_remove(c->pump.loop, &c->losses.task);
	pump_stop(&c->pump);
	c->far.end.ops->close(&c->far.end, c->pump.torn);
	c->near.end.ops->close(&c->near.end, false);
	free(c->answers.data);
}
