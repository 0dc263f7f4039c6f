#include <stdlib.h>

#include "pump/lane.h"

/* Large enough for the kernel's part to outweigh the calls, small enough for the second cache. */
#define COPY_SIZE ((size_t)64 << 10)

static bool
copy_start(struct lane *lane, struct error *err)
{
	/* Larger where another mover leaves more in flight. */
	if (lane->copy.size < COPY_SIZE)
		lane->copy.size = COPY_SIZE;
	lane->copy.start = lane->copy.end = 0;
	lane->copy.data = malloc(lane->copy.size);
	return lane->copy.data != NULL || error_errno(err, FAULT_LOCAL, "memory");
}

static void
copy_stop(struct lane *lane)
{
	free(lane->copy.data);
	lane->copy.data = NULL;
}

static bool
copy_in_flight(const struct lane *lane)
{
	return lane->copy.start < lane->copy.end;
}

static bool
copy_has_room(const struct lane *lane)
{
	return !copy_in_flight(lane);
}

static enum io
copy_fill(struct lane *lane)
{
	size_t got = 0;
	const enum io outcome =
	    lane->source->ops->read(lane->source, lane->copy.data, lane->copy.size, &got);

	if (outcome != IO_DONE)
		return outcome;
	lane->copy.start = 0;
	lane->copy.end = got;
	lane->taken += got;
	return IO_DONE;
}

static enum io
copy_flush(struct lane *lane)
{
	size_t put = 0;
	const struct iovec part = {
	    .iov_base = lane->copy.data + lane->copy.start,
	    .iov_len = lane->copy.end - lane->copy.start,
	};
	const enum io outcome = lane->sink->ops->write(lane->sink, &part, 1, &put);

	if (outcome != IO_DONE)
		return outcome;
	lane->copy.start += put;
	lane->delivered += put;
	return IO_DONE;
}

const struct mover copy_mover = {
    .start = copy_start,
    .stop = copy_stop,
    .has_room = copy_has_room,
    .in_flight = copy_in_flight,
    .fill = copy_fill,
    .flush = copy_flush,
};
