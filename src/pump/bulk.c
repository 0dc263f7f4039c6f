#include "pump/bulk.h"

#include "base/clock.h"
#include "net/descriptor.h"
#include "pump/explain.h"

/* A source that gives so many bytes in one read is worth splicing, and larger pipes. */
#define BULK ((uint64_t)32 << 10)

/*
 * A source that has given RUN bytes without a pause is then read when it has LOW_WATER bytes, or
 * has given nothing for COALESCE: waking up for each packet costs more than the packet.
 */
#define RUN ((uint64_t)4 << 20)
#define LOW_WATER ((size_t)256 << 10)
#define COALESCE (1 * CLOCK_MS)

/* The source gives much at once: enlarges the pipes of both ends, inherited ones too. */
static void
grow(struct lane *lane)
{
	lane->bulk = true;
	if (end_splice_in(lane->source) == SPLICEABLE_PIPE)
		descriptor_widen(lane->source->in);
	if (end_splice_out(lane->sink) == SPLICEABLE_PIPE)
		descriptor_widen(lane->sink->out);
	explain_bulk(lane);
}

/* Counts bytes read without a pause. After RUN of them, poll waits for more at once. */
static void
coalesce(struct lane *lane, uint64_t bytes, int64_t now)
{
	const size_t piece = lane->sink->piece;

	lane->run += bytes;
	if (lane->run < RUN)
		return;
	if (!lane->coalescing) {
		lane->coalescing =
		    end_low_water(lane->source, piece > LOW_WATER ? piece : LOW_WATER);
		lane->coalesced += lane->coalescing;
		if (lane->coalescing)
			explain_coalescing(lane);
	}
	lane->timers.coalesce = now + COALESCE;
}

void
bulk_note(struct lane *lane, uint64_t bytes, int64_t now)
{
	/* A source that gives all that a limit allows may have much, too. */
	if (!lane->bulk && (bytes >= BULK || bytes >= lane->allowance))
		grow(lane);
	coalesce(lane, bytes, now);
}

void
bulk_pause(struct lane *lane, int64_t now)
{
	lane->run = 0;
	lane->timers.coalesce = now + COALESCE;
	lane->coalescing = !end_low_water(lane->source, 1);
	explain_coalescing(lane);
}
