#include "pump/explain.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/number.h"
#include "net/descriptor.h"

static const char *const states[] = {
    [LANE_OPEN] = "open",
    [LANE_DRAINING] = "draining",
    [LANE_CLOSING] = "closing",
    [LANE_UNACKED] = "unacked",
    [LANE_FINISHED] = "finished",
    [LANE_BROKEN] = "broken",
};

/* Why the lane never splices; NULL: it may. */
static const char *
why_not_spliced(const struct lane *lane)
{
	const struct lane_rules *rules = &lane->rules;

	if (lane->may_splice)
		return NULL;
	if (lane->mover == &message_mover)
		return "messages are kept apart";
	if (rules->copy)
		return "splicing is turned off";
	if (taps_need_bytes(rules->source_taps) || taps_need_bytes(rules->sink_taps))
		return "the bytes are to be seen";
	if (rules->transforms != NULL)
		return "the bytes are changed on their way";
	if (rules->replies != NULL)
		return "answers are put between the bytes";
	if (rules->delay > 0)
		return "there is a delay between lines";
	return "a rule forbids it";
}

void
explain_lane(const struct lane *lane)
{
	const char *why = why_not_spliced(lane);

	trace(lane->rules.tracer, "from %s to %s: mover %s%s%s", lane->source->in_name,
	    lane->sink->out_name, lane->mover->name,
	    why != NULL ? ", and never splice: " : ", or splice once there is much to carry",
	    why != NULL ? why : "");
}

void
explain_state(const struct lane *lane, enum lane_state to, const char *who, const char *what)
{
	trace(lane->rules.tracer, "%s -> %s: %s%s%s", states[lane->state], states[to], who,
	    what != NULL ? " " : "", what != NULL ? what : "");
}

static void
explain_pipe(const struct lane *lane, const char *name, int fd)
{
	const int size = descriptor_pipe_size(fd);

	if (size != -1)
		trace(lane->rules.tracer, "the pipe of %s holds %d bytes now", name, size);
}

void
explain_bulk(const struct lane *lane)
{
	if (lane->rules.tracer == NULL)
		return;
	trace(lane->rules.tracer, "much to carry: %" PRIu64 " bytes so far", lane->taken);
	if (end_splice_in(lane->source) == SPLICEABLE_PIPE)
		explain_pipe(lane, lane->source->in_name, lane->source->in);
	if (end_splice_out(lane->sink) == SPLICEABLE_PIPE)
		explain_pipe(lane, lane->sink->out_name, lane->sink->out);
	if (lane->may_splice && splicing_mover(lane->source, lane->sink) == NULL)
		trace(lane->rules.tracer, "not spliced: %s cannot be",
		    end_splice_in(lane->source) == SPLICEABLE_NOT ? lane->source->in_name
								  : lane->sink->out_name);
}

void
explain_mover(const struct lane *lane, const struct mover *to, const char *why)
{
	trace(lane->rules.tracer, "mover %s -> %s: %s", lane->mover->name, to->name, why);
}

void
explain_coalescing(const struct lane *lane)
{
	if (lane->coalesced > 1)
		return;
	trace(lane->rules.tracer,
	    lane->coalescing
		? "coalescing: %s is read when it has much, or after a moment"
		: "coalescing has ended, as %s pauses; what comes of it later is not traced",
	    lane->source->in_name);
}

void
explain_unacknowledged(const struct lane *lane, size_t left)
{
	if (lane->timers.ack_check == 0)
		trace(lane->rules.tracer, "waits until %s has acknowledged %zu bytes more",
		    lane->sink->out_name, left);
}

/* A timeout, if it is set. */
static void
explain_timeout(const struct pump *p, const char *what, int64_t duration)
{
	char text[32];

	if (duration >= 0 && duration != CLOCK_NEVER)
		trace(p->rules.tracer, "%s %s", what, duration_text(text, duration));
}

void
explain_rules(const struct pump *p)
{
	const struct pump_rules *r = &p->rules;
	const struct {
		bool holds;
		const char *text;
	} rules[] = {
	    {r->hold, "the socket is half-closed only after the peer has finished"},
	    {r->near_follows, "the end of the peer is the end"},
	    {r->one_way, "the end of the peer is the end if there was nothing to send until then"},
	    {r->sent_is_all, "the end of input is the end"},
	    {r->datagrams, "the peer sends datagrams, which end by silence"},
	    {r->near_datagrams, "the other peer sends datagrams, which end by silence"},
	    {r->near_is_peer, "both sides are peers: what one sent before it failed is delivered"},
	};

	if (r->tracer == NULL)
		return;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].holds)
			trace(r->tracer, "rule: %s", rules[i].text);
	if (r->messages > 0)
		trace(r->tracer, "rule: ends after %" PRIu64 " messages", r->messages);
	explain_timeout(p, "timeout (-w): fails when nothing has moved for", r->idle);
	explain_timeout(p, "timeout (-q): when one side has finished the other gets", r->quit);
}

void
explain_finished(const struct pump *p, const struct end *who)
{
	const struct tracer *tracer = p->rules.tracer;

	if (tracer == NULL)
		return;
	trace(tracer, "%s has finished", who == p->near ? who->in_name : p->far->in_name);
	if (pump_input_deadline(p) != CLOCK_NEVER)
		explain_timeout(p, "timer: input may still begin within", p->rules.input_timeout);
	else if (p->near_done == CLOCK_NEVER || p->far_done == CLOCK_NEVER)
		explain_timeout(p, "timer (-q): the other side gets", p->rules.quit);
}

void
explain_end(const struct pump *p)
{
	if (p->error.fault != FAULT_NONE)
		trace(p->rules.tracer, "ends: %s", p->error.text);
	else
		trace(p->rules.tracer,
		    "ends: all was delivered (%" PRIu64 " bytes sent, %" PRIu64 " received)",
		    p->out.delivered, p->in.delivered);
}
