#ifndef BASE_DEADLINES_H
#define BASE_DEADLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A time at which something is due, a part of whatever that is; at CLOCK_NEVER it is in no heap. */
struct deadline {
	int64_t at;
	size_t place; /* in the heap */
};

/* A heap of them, of which the first is known at once. Of zeroes it is empty. */
struct deadlines {
	struct deadline **heap;
	size_t count, room;
};

/* Makes room for so many. False with errno when memory is short. */
bool deadlines_reserve(struct deadlines *, size_t count);
void deadlines_free(struct deadlines *);

/* Moves a deadline, for which there is room, to another time. */
void deadlines_set(struct deadlines *, struct deadline *, int64_t at);

/* The first one; NULL: there is none. */
struct deadline *deadlines_first(const struct deadlines *);

#endif
