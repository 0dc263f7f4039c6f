#ifndef BASE_DEADLINES_H
#define BASE_DEADLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A time at which something is due; embedded in its owner. At CLOCK_NEVER it is not in the heap. */
struct deadline {
	int64_t at;
	size_t index; /* in the heap */
};

/* A binary heap of deadlines, the earliest first. Zero-initialized it is empty. */
struct deadlines {
	struct deadline **heap;
	size_t count, room;
};

/* Makes room for count deadlines. False with errno when memory is short. */
bool deadlines_reserve(struct deadlines *, size_t count);
void deadlines_free(struct deadlines *);

/* Changes a deadline's time: inserts, moves or removes it. There must be room for it. */
void deadlines_set(struct deadlines *, struct deadline *, int64_t at);

/* The earliest deadline; NULL: the heap is empty. */
struct deadline *deadlines_first(const struct deadlines *);

#endif
