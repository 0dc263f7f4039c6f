#include "pump/presence.h"

#include <errno.h>

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
	enum io outcome;
	size_t left;

	if (sink->hung_up && lane_is_quiet(lane)) {
		lane_end(lane);
		outcome = end_acknowledged(sink, &left);
		/* Nor does it get what is left of a message that has begun. */
		if (outcome == IO_AGAIN || (outcome == IO_DONE && !lane_is_dry(lane)))
			outcome = io_failed(sink, ECONNRESET);
		if (outcome == IO_DONE)
			lane_write_off(lane);
		else
			lane_break_sink(lane);
	} else {
		end_keepalive(sink);
	}
}

void
presence_prove(struct pump *p, int64_t now)
{
	size_t left = 0;
	enum io outcome;

	if (p->proof.trust == FAR_PROVED || p->out.state != LANE_OPEN)
		return;
	if (p->proof.trust == FAR_TRUSTED) {
		p->proof.from = p->out.delivered;
		p->proof.interval = PROVE_FIRST;
		p->proof.trust = end_doubt(p->near, true) ? FAR_DOUBTED : FAR_PROVED;
	}
	if (p->proof.trust == FAR_PROVED || p->out.delivered == p->proof.from)
		return;
	p->proof.interval = clock_min(2 * p->proof.interval, PROVE_LONGEST);
	outcome = end_acknowledged(p->far, &left);
	p->out.paced = outcome == IO_AGAIN;
	if (outcome == IO_AGAIN)
		p->proof.look_at = now + p->proof.interval;
	else if (outcome == IO_FAILED)
		lane_break_sink(&p->out);
	else
		p->proof.trust = FAR_PROVED;
	if (p->proof.trust == FAR_PROVED)
		(void)end_doubt(p->near, false);
}

void
presence_tell_idle(struct pump *p)
{
	const bool finished = p->in.state == LANE_FINISHED && p->out.state == LANE_OPEN;
	/* Of two peers one has broken off, and the other may take its time with what it said. */
	const bool broken = pump_far_presence(p) == PRESENCE_BROKEN;
	const bool idle = broken || (finished && lane_is_quiet(&p->out));

	if (idle == p->far_idle)
		return;
	p->far_idle = idle;
	if (p->far_idles != NULL)
		p->far_idles(p->arg, idle);
}

enum presence
pump_far_presence(const struct pump *p)
{
	if (p->far == NULL || !p->far->hung_up)
		return PRESENCE_THERE;
	return p->far->pending != 0 ? PRESENCE_BROKEN : PRESENCE_GONE;
}

bool
pump_may_drop(struct pump *p)
{
	size_t left = 0;

	/* An error that is found here is to be told by the pump itself. */
	loop_changed(&p->task);
	return p->far_idle && end_acknowledged(p->far, &left) != IO_AGAIN;
}
