#ifndef PUMP_LIVENESS_H
#define PUMP_LIVENESS_H

#include "pump/pump.h"

/* Whether a peer that has half-closed still reads, and what that means for the other direction. */

/*
 * For an open lane whose sink's peer has finished. Ends or breaks the lane if the peer has hung up
 * and there is nothing to carry; otherwise turns on keepalive, which finds out.
 */
void liveness_check(struct lane *);

/*
 * For a far that has finished, where several conversations share near (net/fanout.h). If far has
 * gone, what it was sent must go to another conversation. So near keeps what far was sent, and near
 * is read no further, until far's kernel has acknowledged something.
 */
void liveness_confirm(struct pump *, int64_t now);

/* Calls far_idles if far_idle has changed. */
void liveness_report_idle(struct pump *);

#endif
