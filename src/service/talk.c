#include "service/talk.h"

static struct conversation *
conversation_of(struct client *c)
{
	return &((struct talk *)c)->conversation;
}

static void
far_idles(void *arg, bool idle)
{
	client_idles(arg, idle);
}

void
talk_prepare(struct client *c, void (*done)(void *arg, const struct error *))
{
	const struct common *common = c->common;

	conversation_begin(
	    conversation_of(c), common->loop, &common->rules, common->observer, done, c);
	conversation_far(conversation_of(c), &c->connection);
}

bool
talk_begin(struct client *c, struct error *err)
{
	conversation_watch(conversation_of(c), far_idles);
	return conversation_start(conversation_of(c), c->common->concurrent, err);
}

bool
talk_may_drop(struct client *c)
{
	return pump_may_drop(&conversation_of(c)->pump);
}

void
talk_drop(struct client *c, const struct error *cause)
{
	conversation_break(conversation_of(c), cause);
}

void
talk_stop(struct client *c)
{
	conversation_stop(conversation_of(c));
}

bool
talk_counts(const struct client *c, uint64_t *sent, uint64_t *received)
{
	const struct pump *pump = &((const struct talk *)c)->conversation.pump;

	*sent = pump->out.delivered;
	*received = pump->in.delivered;
	return true;
}

void
talk_measure(const struct client *c, struct figures *out)
{
	const struct conversation *talk = &((const struct talk *)c)->conversation;
	const struct lane *to = &talk->pump.out, *from = &talk->pump.in;

	/* What crossed the peer's socket, before it was changed for the near side. */
	out->received = from->taken;
	out->messages = to->mover == &message_mover || from->mover == &message_mover;
	out->messages_sent = to->messages - to->left_out;
	out->messages_received = from->messages;
	out->lost = talk->reporter.lost;
}
