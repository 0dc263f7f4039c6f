#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <time.h>

/* Comparable between processes. */
static inline double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#endif
