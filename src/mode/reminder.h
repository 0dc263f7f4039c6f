#ifndef MODE_REMINDER_H
#define MODE_REMINDER_H

#include "base/clock.h"
#include "net/loop.h"
#include "pump/pump.h"

/* Nobody wonders for longer than this (in nanoseconds) what strait waits for. */
#define REMINDER_AFTER (2 * CLOCK_S)

/* Says, once, that only standard input is waited for, which has said nothing so far. */
struct reminder {
	struct task task;
	struct loop *loop; /* NULL: nothing is said, or it has been said */
	const struct pump *pump;
};

/* The pump's rules.begin is longer than REMINDER_AFTER; it must outlive the reminder. */
bool reminder_start(struct reminder *, struct loop *, const struct pump *, struct error *);

/* Harmless after it has been said, and of zeroes. */
void reminder_stop(struct reminder *);

#endif
