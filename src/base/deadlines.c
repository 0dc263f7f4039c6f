#include "base/deadlines.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/clock.h"

bool
deadlines_reserve(struct deadlines *d, size_t count)
{
	return array_grow(&d->heap, &d->room, count, sizeof(*d->heap));
}

void
deadlines_free(struct deadlines *d)
{
	free(d->heap);
	*d = (struct deadlines){0};
}

static void
heap_put(struct deadlines *d, struct deadline *deadline, size_t index)
{
	d->heap[index] = deadline;
	deadline->index = index;
}

/* Inserts a deadline at a free index, moving it up or down to where it belongs. */
static void
heap_sift(struct deadlines *d, struct deadline *deadline, size_t index)
{
	size_t child;

	for (; index > 0 && deadline->at < d->heap[(index - 1) / 2]->at; index = (index - 1) / 2)
		heap_put(d, d->heap[(index - 1) / 2], index);
	for (; (child = 2 * index + 1) < d->count; index = child) {
		if (child + 1 < d->count && d->heap[child + 1]->at < d->heap[child]->at)
			child++;
		if (deadline->at <= d->heap[child]->at)
			break;
		heap_put(d, d->heap[child], index);
	}
	heap_put(d, deadline, index);
}

void
deadlines_set(struct deadlines *d, struct deadline *deadline, int64_t at)
{
	const bool was_in = deadline->at != CLOCK_NEVER;
	const size_t index = was_in ? deadline->index : d->count;

	if (at == deadline->at)
		return;
	deadline->at = at;
	d->count += !was_in;
	if (at != CLOCK_NEVER)
		heap_sift(d, deadline, index);
	else if (index < --d->count)
		heap_sift(d, d->heap[d->count], index);
}

struct deadline *
deadlines_first(const struct deadlines *d)
{
	return d->count > 0 ? d->heap[0] : NULL;
}
