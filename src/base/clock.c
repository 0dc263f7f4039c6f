#include "base/clock.h"

#include <limits.h>
#include <time.h>

int64_t
clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * CLOCK_S + ts.tv_nsec;
}

int64_t
clock_after(int64_t start, int64_t duration)
{
	if (duration < 0 || start == CLOCK_NEVER || duration > CLOCK_NEVER - start)
		return CLOCK_NEVER;
	return start + duration;
}

int64_t
clock_min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int
clock_timeout(int64_t now, int64_t deadline)
{
	int64_t ms;

	if (deadline == CLOCK_NEVER)
		return -1;
	if (deadline <= now)
		return 0;
	ms = (deadline - now - 1) / CLOCK_MS + 1;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}
