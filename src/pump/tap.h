#ifndef PUMP_TAP_H
#define PUMP_TAP_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A tap sees the bytes that a lane has delivered, and changes nothing: a counter, a digest, a
 * hexdump. The struct of each tap begins with this one. Taps of a lane are a list.
 */
struct tap {
	bool needs_bytes; /* the lane must copy: spliced bytes cannot be seen */
	/*
	 * len bytes were written to the sink, including the frames of messages. data is NULL if
	 * they were spliced, which never happens with a tap that needs the bytes.
	 */
	void (*delivered)(struct tap *, const char *data, size_t len);
	/* The bytes delivered last were the end of a message. NULL: not called. */
	void (*message_end)(struct tap *);
	struct tap *next;
};

#endif
