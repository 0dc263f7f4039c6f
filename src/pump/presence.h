#ifndef PUMP_PRESENCE_H
#define PUMP_PRESENCE_H

#include "pump/pump.h"

/* Whether a peer that has finished is still there, and what that means for the other direction. */

/*
 * The other side of an open lane's sink has finished: ends the lane if that side has gone, and lets
 * the kernel look after it if that is not known.
 */
void presence_watch(struct lane *);

/*
 * Far has finished, and nothing that near says is lost if far has gone: near keeps what it gives
 * for others, and gives no more, until far's kernel has acknowledged something.
 */
void presence_prove(struct pump *, int64_t now);

/* Calls far_idles if far has become idle, or is no longer. */
void presence_tell_idle(struct pump *);

#endif
