#ifndef PUMP_ENDING_H
#define PUMP_ENDING_H

#include "pump/pump.h"

/* The table of the manual, "When a conversation ends": its rules, and its clocks. */

/* What near said, and what was heard of far, has moved in this turn. */
void ending_note(struct pump *, bool said, bool heard, int64_t now);

/* Applies the rules to where the lanes have got to: ends, breaks or holds them. */
void ending_rules(struct pump *, int64_t now);

/* Whether the pump has run out of time, as the error says. */
bool ending_timed_out(struct pump *, int64_t now, struct error *);

/* When any of that may be so although nothing moves. */
int64_t ending_deadline(const struct pump *);

#endif
