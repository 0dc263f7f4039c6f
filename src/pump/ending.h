#ifndef PUMP_ENDING_H
#define PUMP_ENDING_H

#include "pump/pump.h"

/*
 * The manual's table "When a conversation ends": its rules and its timeouts. In each turn the pump
 * steps its lanes, and then calls these in this order.
 */

/* Notes that a lane has kept still on purpose: --delay, or a limit on bytes a second. */
void ending_note_pauses(struct pump *, int64_t now);

/* Notes the time: the lane from near (sent) or the lane from far (received) has moved in this turn.
 */
void ending_note(struct pump *, bool sent, bool received, int64_t now);

/* Applies the rules to the lanes' states: may end or break a lane, or defer its half-close. */
void ending_rules(struct pump *, int64_t now);

/* Whether -q or -w has expired, so that the pump fails with the error that is set. */
bool ending_timed_out(struct pump *, int64_t now, struct error *);

/* When these are to be called next even if nothing moves. */
int64_t ending_deadline(const struct pump *);

#endif
