#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Times and durations are nanoseconds in an int64_t; a time that never comes is CLOCK_NEVER. */
#define CLOCK_NEVER INT64_MAX
#define CLOCK_MS INT64_C(1000000)
#define CLOCK_S INT64_C(1000000000)

/* Now, on a clock that never jumps (CLOCK_MONOTONIC); only differences mean anything. */
int64_t clock_now(void);

/* The time that is duration after start; CLOCK_NEVER when duration is CLOCK_NEVER or negative. */
int64_t clock_after(int64_t start, int64_t duration);

/* The earlier of two times. */
int64_t clock_min(int64_t a, int64_t b);

/* From now to deadline as poll(2) wants it: milliseconds rounded up, -1 for CLOCK_NEVER. */
int clock_timeout(int64_t now, int64_t deadline);

#endif
