#include "pump/failure.h"

#include "base/clock.h"

/* How often a lane is stepped, at the most, for what had come in before its source failed. */
#define SALVAGE_STEPS 4096

/* How often, and how long while nothing moves, the end of a relay is put off. */
#define LINGER_LOOK (10 * CLOCK_MS)
#define LINGER_LONGEST (60 * CLOCK_S)

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
	const struct lane_events any = {.source = true, .sink = lane->sink->eager};

	for (int i = 0; i < SALVAGE_STEPS && !lane_over(lane); i++)
		if (!lane_step(lane, any, now))
			return;
}

bool
failure_lingers(struct pump *p, int64_t now)
{
	const struct lane *broken = failure_lane(p);
	struct end *other = broken->culprit == p->near ? p->far : p->near;
	const size_t before = p->unacknowledged;
	const bool both =
	    p->in.culprit != NULL && p->out.culprit != NULL && p->in.culprit != p->out.culprit;

	if (!p->rules.near_is_peer || both ||
	    other->ops->settle(other, &p->unacknowledged) != IO_AGAIN)
		return false;
	if (!p->lingering || p->unacknowledged != before)
		p->moved_at = now;
	p->lingering = true;
	p->sample_at = clock_after(now, LINGER_LOOK);
	return now < clock_after(p->moved_at, LINGER_LONGEST);
}
