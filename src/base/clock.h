#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Times and durations are nanoseconds in an int64_t. CLOCK_NEVER is later than any time. */
#define CLOCK_NEVER INT64_MAX
#define CLOCK_MS INT64_C(1000000)
#define CLOCK_S INT64_C(1000000000)

/* The current time of CLOCK_MONOTONIC. */
int64_t clock_now(void);

/* The time of day, since the beginning of 1970 in UTC. */
int64_t clock_wall(void);

/* The size of a buffer for a time of day as text. */
#define CLOCK_TEXT 40

/* A time of day as RFC 3339 has it: "2026-11-21T20:21:47.123456Z". Returns buf. */
char *clock_text(char buf[static CLOCK_TEXT], int64_t wall);

/* start + duration; CLOCK_NEVER if either is CLOCK_NEVER or duration is negative. */
int64_t clock_after(int64_t start, int64_t duration);

/* The earlier of two times. */
int64_t clock_min(int64_t a, int64_t b);

/* The timeout for poll(2) from now to deadline: milliseconds, rounded up; -1 for CLOCK_NEVER. */
int clock_timeout(int64_t now, int64_t deadline);

#endif
