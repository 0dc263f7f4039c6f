#ifndef BASE_BACKOFF_H
#define BASE_BACKOFF_H

#include <stdint.h>

/* Pauses between tries: longer each time, and never the same for two who began together. */
struct backoff {
	int64_t longest; /* of the next pause; 0: there was none yet */
};

/* The next pause in nanoseconds: 50 to 100 ms, 100 to 200 ms, ... at the end 0.5 to 1 s. */
int64_t backoff_next(struct backoff *);

#endif
