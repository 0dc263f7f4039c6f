#include "pump/presence.h"

#include "base/clock.h"

/*
 * Theory of operation. When a TCP peer has finished nobody can tell whether it still listens or has
 * closed its socket: both look the same until something is sent, to which its kernel answers, or
 * until a minute is over, when keepalive probes find out. A unix peer that has gone is known by
 * POLLHUP at once.
 */

/* How soon after it was sent to is a peer looked after that may have gone. */
#define PROVE_FIRST (1 * CLOCK_MS)
#define PROVE_LONGEST (100 * CLOCK_MS)

void
presence_watch(struct lane *lane)
{
	struct end *sink = lane->sink;
	size_t left = 0;

	if (sink->hung_up && lane_is_quiet(lane)) {
		if (sink->ops->settle(sink, &left) == IO_DONE)
			lane_write_off(lane);
		else
			lane_break_sink(lane);
	} else if (!lane->probing) {
		lane->probing = true;
		sink->ops->probe(sink);
	}
}

void
presence_prove(struct pump *p, int64_t now)
{
	size_t left = 0;
	enum io outcome;

	if (p->near->ops->doubt == NULL || p->trust == FAR_PROVED || p->out.state != LANE_OPEN)
		return;
	if (p->trust == FAR_TRUSTED) {
		p->doubted_from = p->out.delivered;
		p->prove_wait = PROVE_FIRST;
		p->trust = p->near->ops->doubt(p->near, true) ? FAR_DOUBTED : FAR_PROVED;
	}
	if (p->trust == FAR_PROVED || p->out.delivered == p->doubted_from)
		return;
	p->prove_wait = clock_min(2 * p->prove_wait, PROVE_LONGEST);
	outcome = p->far->ops->settle(p->far, &left);
	p->out.paced = outcome == IO_AGAIN;
	if (outcome == IO_AGAIN)
		p->prove_at = now + p->prove_wait;
	else if (outcome == IO_FAILED)
		lane_break_sink(&p->out);
	else
		p->trust = FAR_PROVED;
	if (p->trust == FAR_PROVED)
		(void)p->near->ops->doubt(p->near, false);
}

void
presence_tell_idle(struct pump *p)
{
	const bool finished = p->in.state == LANE_FINISHED && p->out.state == LANE_OPEN;
	/* Of two peers one has broken off, and the other may take its time with what it said. */
	const bool broken = p->far->hung_up && p->far->error != 0;
	const bool idle = broken || (finished && lane_is_quiet(&p->out));

	if (idle == p->far_idle)
		return;
	p->far_idle = idle;
	if (p->far_idles != NULL)
		p->far_idles(p->arg, idle);
}

bool
pump_may_drop(struct pump *p)
{
	size_t left = 0;

	return p->far_idle && p->far->ops->settle(p->far, &left) != IO_AGAIN;
}
