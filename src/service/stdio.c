#include "service/stdio.h"

#include "service/talk.h"

static void
shared_stdio_failed(void *arg, const struct error *error)
{
	const struct common *common = arg;

	common->calls->failed(common->arg, error);
}

/* Standard input is read for all clients, unless it is a file, which each reads for itself. */
static bool
open_shared(struct stdio_common *s, struct error *err)
{
	const struct common *common = &s->common;

	if (!stdio_open(&s->stdio, &common->rules.stdio, err))
		return false;
	return s->stdio.kind.input_file || common->rules.stdio.no_input ||
	       input_open(&s->input, common->loop, &s->stdio, common->rules.rate_out,
		   shared_stdio_failed, s, err);
}

static bool
open_stdio(struct common *common, struct error *err)
{
	struct stdio_common *s = (struct stdio_common *)common;

	if (common->concurrent && !open_shared(s, err))
		return false;
	return !common->listens || common->rules.stdio.no_output ||
	       stdio_watch(&s->watch, common->loop, shared_stdio_failed, s, err);
}

static void
close_stdio(struct common *common)
{
	struct stdio_common *s = (struct stdio_common *)common;

	loop_remove(common->loop, &s->watch.task);
	input_close(&s->input);
	if (s->stdio.end.ops != NULL)
		s->stdio.end.ops->close(&s->stdio.end, false);
}

static void
stdio_done(void *arg, const struct error *error)
{
	client_done(arg, error, -1);
}

/* The client did not read, and would hold up the others. */
static void
stdio_dropped(void *arg)
{
	struct client *c = arg;
	struct error error;

	error_set(&error, FAULT_PEER, "dropped %s: it did not read what it was sent", c->name);
	talk_drop(c, &error);
}

static bool
start_stdio(struct client *c, struct error *err)
{
	struct stdio_common *s = (struct stdio_common *)c->common;
	struct conversation *talk = &((struct talk *)c)->conversation;
	bool opened = true;

	talk_prepare(c, stdio_done);
	if (s->common.concurrent) {
		conversation_near_shared(talk, &s->stdio, &s->input.fanout, stdio_dropped, c);
	} else {
		loop_remove(s->common.loop, &s->watch.task);
		opened = conversation_near_stdio(talk, err);
	}
	if (opened && talk_begin(c, err))
		return true;
	talk_stop(c);
	return false;
}

const struct service stdio_service = {
    .client_size = sizeof(struct talk),
    .stdio = true,
    .open = open_stdio,
    .close = close_stdio,
    .start = start_stdio,
    .may_drop = talk_may_drop,
    .drop = talk_drop,
    .stop = talk_stop,
    .counts = talk_counts,
    .measure = talk_measure,
};
