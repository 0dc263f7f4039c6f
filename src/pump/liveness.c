#include "pump/liveness.h"

#include <errno.h>

#include "base/clock.h"

/*
 * Theory of operation. A FIN from a TCP peer means either that it has half-closed and still reads,
 * or that it has closed its socket. Both look the same until something is sent, to which a closed
 * socket's kernel answers with a reset, or until keepalive probes find out after a minute. When a
 * unix peer closes, poll reports POLLHUP at once.
 */

/* The interval at which acknowledgements of an unconfirmed peer are looked at. */
#define CONFIRM_FIRST (1 * CLOCK_MS)
#define CONFIRM_LONGEST (100 * CLOCK_MS)

void
liveness_check(struct lane *lane)
{
	struct end *sink = lane->sink;
	enum io outcome;
	size_t left;

	if (sink->hung_up && lane_is_quiet(lane)) {
		lane_end(lane, sink->out_name, "has gone");
		outcome = end_acknowledged(sink, &left);
		/* The peer has not got all: bytes unacknowledged, or an incomplete message. */
		if (outcome == IO_AGAIN || (outcome == IO_DONE && !lane_is_drained(lane)))
			outcome = io_failed(sink, ECONNRESET);
		if (outcome == IO_DONE)
			lane_write_off(lane);
		else
			lane_break_sink(lane);
	} else {
		if (!lane->probed)
			trace(lane->rules.tracer, "%s may have gone: keepalive probes find out",
			    sink->out_name);
		lane->probed = true;
		end_keepalive(sink);
	}
}

void
liveness_confirm(struct pump *p, int64_t now)
{
	size_t left = 0;
	enum io outcome;

	if (p->confirm.state == FAR_CONFIRMED || p->out.state != LANE_OPEN)
		return;
	if (p->confirm.state == FAR_ASSUMED) {
		p->confirm.delivered_before = p->out.delivered;
		p->confirm.interval = CONFIRM_FIRST;
		p->confirm.state = end_doubt(p->near, true) ? FAR_UNCONFIRMED : FAR_CONFIRMED;
		if (p->confirm.state == FAR_UNCONFIRMED)
			trace(p->rules.tracer, "%s may have gone: input is kept for others",
			    p->far->in_name);
	}
	if (p->confirm.state == FAR_CONFIRMED || p->out.delivered == p->confirm.delivered_before)
		return;
	p->confirm.interval = clock_min(2 * p->confirm.interval, CONFIRM_LONGEST);
	outcome = end_acknowledged(p->far, &left);
	p->out.await_ack = outcome == IO_AGAIN;
	if (outcome == IO_AGAIN)
		p->confirm.check_at = now + p->confirm.interval;
	else if (outcome == IO_FAILED)
		lane_break_sink(&p->out);
	else
		p->confirm.state = FAR_CONFIRMED;
	if (p->confirm.state == FAR_CONFIRMED)
		trace(p->rules.tracer, "%s is still there: it has acknowledged", p->far->in_name);
	if (p->confirm.state == FAR_CONFIRMED)
		(void)end_doubt(p->near, false);
}

void
liveness_report_idle(struct pump *p)
{
	const bool finished = p->in.state == LANE_FINISHED && p->out.state == LANE_OPEN;
	/* A relay's far has reset; near may need long to read what far had sent. */
	const bool broken = pump_far_liveness(p) == LIVENESS_BROKEN || p->in.culprit == p->far ||
			    p->out.culprit == p->far;
	const bool idle = broken || (finished && lane_is_quiet(&p->out));

	if (idle == p->far_idle)
		return;
	p->far_idle = idle;
	if (p->far_idles != NULL)
		p->far_idles(p->arg, idle);
}

enum liveness
pump_far_liveness(const struct pump *p)
{
	if (p->far == NULL || !p->far->hung_up)
		return LIVENESS_ALIVE;
	return p->far->pending != 0 ? LIVENESS_BROKEN : LIVENESS_GONE;
}

bool
pump_may_drop(struct pump *p)
{
	size_t left = 0;

	/* The next lines may find an error: the pump must be served to report it. */
	loop_changed(&p->task);
	return p->far_idle && end_acknowledged(p->far, &left) != IO_AGAIN;
}
