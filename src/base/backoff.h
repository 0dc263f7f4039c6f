#ifndef BASE_BACKOFF_H
#define BASE_BACKOFF_H

#include <stdint.h>

/* Growing, random pauses between attempts, so that processes that start together spread out. */
struct backoff {
	int64_t longest; /* upper bound of the last pause; 0: there was none yet */
};

/* The next pause in nanoseconds: 50 to 100 ms, 100 to 200 ms, ... and finally 0.5 to 1 s. */
int64_t backoff_next(struct backoff *);

#endif
