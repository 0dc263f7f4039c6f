#include "base/clock.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>

static int64_t
time_of(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * CLOCK_S + ts.tv_nsec;
}

int64_t
clock_now(void)
{
	return time_of(CLOCK_MONOTONIC);
}

int64_t
clock_wall(void)
{
	return time_of(CLOCK_REALTIME);
}

char *
clock_text(char buf[static CLOCK_TEXT], int64_t wall)
{
	const time_t seconds = (time_t)(wall / CLOCK_S);
	struct tm tm;
	size_t used;

	gmtime_r(&seconds, &tm);
	used = strftime(buf, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + used, CLOCK_TEXT - used, ".%06" PRId64 "Z", wall % CLOCK_S / 1000);
	return buf;
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
