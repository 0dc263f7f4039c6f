#ifndef PUMP_BULK_H
#define PUMP_BULK_H

#include <stdbool.h>
#include <stdint.h>

struct lane;

/*
 * How a lane reads when there is much to carry. A source that gives much in one read is worth
 * splicing, and larger pipes; and after much was read without a pause, poll(2) is to report it only
 * when there is more than a few bytes.
 */

/* So many bytes were read at once. */
void bulk_note(struct lane *, uint64_t bytes, int64_t now);

/* The source pauses: poll reports every byte again. */
void bulk_pause(struct lane *, int64_t now);

#endif
