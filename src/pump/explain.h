#ifndef PUMP_EXPLAIN_H
#define PUMP_EXPLAIN_H

#include "pump/pump.h"

/* What lanes and the pump decide, as lines for --trace. Without a tracer these do nothing. */

/* A lane has started: its mover, and why it will not splice. */
void explain_lane(const struct lane *);

/* The state is about to change; who and what as for lane_end. */
void explain_state(const struct lane *, enum lane_state to, const char *who, const char *what);

/* The source has given much at once, and pipes were enlarged. */
void explain_bulk(const struct lane *);

/* The mover changes; why: NULL if there is much to carry. */
void explain_mover(const struct lane *, const struct mover *to, const char *why);

/* Coalescing has begun or ended: told the first time only, as it may happen often. */
void explain_coalescing(const struct lane *);

/* So many bytes are not acknowledged yet: told the first time only. */
void explain_unacknowledged(const struct lane *, size_t left);

/* The pump has started: the rules that may end it. */
void explain_rules(const struct pump *);

/* One side has finished: which timeouts run for the other one. */
void explain_finished(const struct pump *, const struct end *who);

/* The pump has ended, with the error or FAULT_NONE. */
void explain_end(const struct pump *);

#endif
