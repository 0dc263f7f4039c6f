#ifndef PUMP_FAILURE_H
#define PUMP_FAILURE_H

#include "pump/pump.h"

/* What it means for a pump that one of its sides has failed. */

/* The first lane that is broken; NULL: none is. */
const struct lane *failure_lane(const struct pump *);

/*
 * The lane whose source will say no more than what can be read now: near has left, or one of two
 * peers has failed. NULL: none is.
 */
const struct lane *failure_last_words(const struct pump *);

/* A lane's source has failed: what it has sent before goes on, as far as that needs no waiting. */
void failure_salvage(struct lane *, int64_t now);

/*
 * Of two peers one has failed, which the other is to know by a reset. That would destroy what is
 * still on its way to it: how many bytes that is, or 0.
 */
size_t failure_unacknowledged(const struct pump *);

#endif
