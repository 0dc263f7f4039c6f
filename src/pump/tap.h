#ifndef PUMP_TAP_H
#define PUMP_TAP_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What sees the bytes that a lane has delivered, and changes nothing. A tap's own struct begins
 * with this. Any number of them make a list.
 */
struct tap {
	bool needs_bytes; /* the lane is to copy, so that there are bytes to be seen */
	/*
	 * The sink has taken len bytes, with the marks of messages if it marks them. data is NULL
	 * where they were spliced, which a tap that needs the bytes never sees.
	 */
	void (*delivered)(struct tap *, const char *data, size_t len);
	/* What was delivered last was the end of a message. NULL: that doesn't matter. */
	void (*message_end)(struct tap *);
	struct tap *next;
};

#endif
