#ifndef SIM_KERNEL_H
#define SIM_KERNEL_H

#include "actor.h"

/*
 * What the subject asks of the system without an end: the clock, memory, pipes of its own, and
 * splice(2) between these and the ends.
 */

/* Between which ends a run splices; all pipes are gone. */
void kernel_begin(struct actor *near, struct actor *far);

/* How many pipes of the subject's own are open. */
size_t kernel_pipes(void);

#endif
