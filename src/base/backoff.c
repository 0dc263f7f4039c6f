#include "base/backoff.h"

#include <bsd/stdlib.h>

#include "base/clock.h"

#define FIRST (100 * CLOCK_MS)
#define LONGEST (1 * CLOCK_S)

int64_t
backoff_next(struct backoff *b)
{
	b->longest = b->longest == 0 ? FIRST : clock_min(2 * b->longest, LONGEST);
	return b->longest / 2 + (int64_t)arc4random_uniform((uint32_t)(b->longest / 2));
}
