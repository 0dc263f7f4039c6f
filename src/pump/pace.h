#ifndef PUMP_PACE_H
#define PUMP_PACE_H

#include <stddef.h>
#include <stdint.h>

/* The highest limit, in bytes a second. */
#define PACE_MAX (INT64_C(64) << 30)

/*
 * A limit on how many bytes may cross in a second. The time is always an argument, in nanoseconds.
 * {.rate = limit} is one that starts now; {.rate = 0} is no limit.
 */
struct pace {
	uint64_t rate;    /* bytes a second, at most PACE_MAX; 0: no limit */
	int64_t at;       /* when credit was computed */
	int64_t credit;   /* billionths of bytes that may cross; negative: too many have crossed */
	uint64_t counted; /* bytes that have crossed so far */
};

/* How many bytes may cross now; SIZE_MAX without a limit, 0 if it is not worth reading yet. */
size_t pace_allowance(struct pace *, int64_t now);

/*
 * total bytes have crossed since the start, which may be more than was allowed: then the rest is
 * waited for. Returns the time from which on there is an allowance; 0: at once.
 */
int64_t pace_count(struct pace *, uint64_t total, int64_t now);

#endif
