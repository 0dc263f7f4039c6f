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
put(struct deadlines *d, struct deadline *deadline, size_t place)
{
	d->heap[place] = deadline;
	deadline->place = place;
}

/* Puts a deadline where it belongs, from a place that is free. */
static void
settle(struct deadlines *d, struct deadline *deadline, size_t place)
{
	size_t child;

	for (; place > 0 && deadline->at < d->heap[(place - 1) / 2]->at; place = (place - 1) / 2)
		put(d, d->heap[(place - 1) / 2], place);
	for (; (child = 2 * place + 1) < d->count; place = child) {
		if (child + 1 < d->count && d->heap[child + 1]->at < d->heap[child]->at)
			child++;
		if (deadline->at <= d->heap[child]->at)
			break;
		put(d, d->heap[child], place);
	}
	put(d, deadline, place);
}

void
deadlines_set(struct deadlines *d, struct deadline *deadline, int64_t at)
{
	const bool was_in = deadline->at != CLOCK_NEVER;
	const size_t place = was_in ? deadline->place : d->count;

	if (at == deadline->at)
		return;
	deadline->at = at;
	d->count += !was_in;
	if (at != CLOCK_NEVER)
		settle(d, deadline, place);
	else if (place < --d->count)
		settle(d, d->heap[d->count], place);
}

struct deadline *
deadlines_first(const struct deadlines *d)
{
	return d->count > 0 ? d->heap[0] : NULL;
}
