#include "pump/failure.h"

/* How often a lane is stepped, at the most, for what had come in before its source failed. */
#define SALVAGE_STEPS 4096

const struct lane *
failure_lane(const struct pump *p)
{
	if (p->out.state == LANE_BROKEN)
		return &p->out;
	return p->in.state == LANE_BROKEN ? &p->in : NULL;
}

const struct lane *
failure_last_words(const struct pump *p)
{
	const struct lane *broken = failure_lane(p);

	if (p->rules.near_left)
		return &p->out;
	if (broken == NULL || !p->rules.near_is_peer || broken->culprit->messages_in)
		return NULL;
	return broken->culprit == p->near ? &p->out : &p->in;
}

void
failure_salvage(struct lane *lane, int64_t now)
{
	const struct lane_events any = {.source = true, .sink = lane->sink->nonblocking};

	for (int i = 0; i < SALVAGE_STEPS && !lane_over(lane); i++)
		if (!lane_step(lane, any, now))
			return;
}

size_t
failure_unacknowledged(const struct pump *p)
{
	const struct lane *broken = failure_lane(p);
	struct end *other = broken->culprit == p->near ? p->far : p->near;
	const bool both =
	    p->in.culprit != NULL && p->out.culprit != NULL && p->in.culprit != p->out.culprit;
	size_t left = 0;

	if (!p->rules.near_is_peer || both || end_acknowledged(other, &left) != IO_AGAIN)
		return 0;
	return left;
}
