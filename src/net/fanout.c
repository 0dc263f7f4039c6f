#include "net/fanout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Theory of operation. The stream is a sequence of pieces, each with a header that holds its length
 * and the reader that does not get it. A reader is a position in the stream. The window is the part
 * of the stream that is in memory, in a ring buffer that grows up to WINDOW bytes. It begins at the
 * position of the slowest reader. The last FANOUT_PIECE bytes are reserved for short pieces that
 * are put in without asking fanout_open first.
 *
 * A reader that stalls would thus stop all others. So when the window is full, the fanout becomes
 * congested: nothing is put in until every reader is less than half a window behind. A reader that
 * does not catch up within GRACE is dropped, provided that another reader has read everything and
 * waits for more. If none waits, all are equally slow, and the source has to wait for them.
 */

#define WINDOW ((size_t)16 << 20)
#define OPEN (WINDOW - FANOUT_PIECE)
#define SMALLEST ((size_t)256 << 10)
#define GRACE (1 * CLOCK_S)

struct header {
	size_t len;
	const struct fanout_reader *except;
};

/* Where len bytes at position are in the ring buffer: in one or two parts. Returns how many. */
static size_t
parts_at(const struct fanout *f, uint64_t position, size_t len, struct iovec parts[2])
{
	const size_t at = (size_t)position & (f->size - 1);
	const size_t first = len < f->size - at ? len : f->size - at;

	parts[0] = (struct iovec){f->data + at, first};
	parts[1] = (struct iovec){f->data, len - first};
	return len > first ? 2 : 1;
}

static void
copy_in(struct fanout *f, const void *data, size_t len)
{
	struct iovec parts[2];

	(void)parts_at(f, f->end, len, parts);
	memcpy(parts[0].iov_base, data, parts[0].iov_len);
	memcpy(parts[1].iov_base, (const char *)data + parts[0].iov_len, parts[1].iov_len);
	f->end += len;
}

static void
copy_out(const struct fanout *f, uint64_t position, void *data, size_t len)
{
	struct iovec parts[2];

	(void)parts_at(f, position, len, parts);
	memcpy(data, parts[0].iov_base, parts[0].iov_len);
	memcpy((char *)data + parts[0].iov_len, parts[1].iov_base, parts[1].iov_len);
}

void
fanout_free(struct fanout *f)
{
	free(f->data);
	f->data = NULL;
	f->size = 0;
}

/* Tells the source that there may be room, or readers. */
static void
wake_source(const struct fanout *f)
{
	if (f->source != NULL)
		loop_changed(f->source);
}

void
fanout_join(struct fanout *f, struct fanout_reader *r, void (*dropped)(void *), void *arg)
{
	const uint64_t position = f->count == 0 ? f->confirmed : f->end;

	*r = (struct fanout_reader){.position = position, .dropped = dropped, .arg = arg};
	LIST_INSERT_HEAD(&f->readers, r, link);
	f->count++;
	wake_source(f);
}

/* If so, nothing that is in the window has to be kept for a reader that joins later. */
static void
confirm(struct fanout *f, bool certain)
{
	if (!certain)
		return;
	f->confirmed = f->end;
	if (f->congested)
		wake_source(f);
}

void
fanout_doubt(struct fanout *f, struct fanout_reader *r, bool doubtful)
{
	f->doubtful = f->doubtful - r->doubtful + doubtful;
	r->doubtful = doubtful;
	confirm(f, !doubtful);
}

void
fanout_leave(struct fanout *f, struct fanout_reader *r)
{
	if (f->last_writer == r)
		f->last_writer = NULL;
	LIST_REMOVE(r, link);
	f->count--;
	f->doubtful -= r->doubtful;
	confirm(f, f->count == 0 && !r->doubtful);
	wake_source(f);
}

/* Frees what all readers have read. */
static void
trim(struct fanout *f)
{
	const struct fanout_reader *r;
	uint64_t start = f->confirmed;

	LIST_FOREACH(r, &f->readers, link)
		if (r->position < start)
			start = r->position;
	f->start = start;
}

static size_t
piece_max(const struct fanout *f)
{
	return f->piece_max > 0 ? f->piece_max : FANOUT_PIECE;
}

/* Whether a piece of len bytes fits into a window of this size that holds so many bytes. */
static bool
fits(uint64_t bytes, size_t size, size_t len)
{
	return bytes + sizeof(struct header) + len <= size;
}

static bool
has_room(const struct fanout *f, size_t size, size_t len)
{
	return fits(f->end - f->start, size, len);
}

bool
fanout_open(struct fanout *f, int64_t now)
{
	if (!f->congested && has_room(f, OPEN, piece_max(f)))
		return true;
	trim(f);
	if (!has_room(f, f->congested ? WINDOW / 2 : OPEN, piece_max(f))) {
		if (!f->congested)
			f->grace_end = now + GRACE;
		f->congested = true;
		return false;
	}
	f->congested = false;
	return true;
}

int64_t
fanout_deadline(const struct fanout *f)
{
	return f->congested ? f->grace_end : CLOCK_NEVER;
}

/* Whether a reader other than the last writer has read everything. */
static bool
reader_waits(const struct fanout *f)
{
	const struct fanout_reader *r;

	LIST_FOREACH(r, &f->readers, link)
		if (fanout_empty(f, r) && r != f->last_writer)
			return true;
	return false;
}

/* Whether a reader is close enough to the end to leave the state of congestion. */
static bool
has_caught_up(const struct fanout *f, const struct fanout_reader *r)
{
	return fits(f->end - r->position, WINDOW / 2, piece_max(f));
}

void
fanout_shed(struct fanout *f, int64_t now)
{
	struct fanout_reader *r, *next;

	if (!f->congested || now < f->grace_end)
		return;
	f->grace_end = now + GRACE;
	if (!reader_waits(f))
		return;
	LIST_FOREACH_SAFE(r, &f->readers, link, next)
		if (!has_caught_up(f, r))
			r->dropped(r->arg);
}

/* Moves the contents into a larger ring buffer. False with errno. */
static bool
grow(struct fanout *f, size_t size)
{
	struct fanout larger = *f;
	struct iovec parts[2];
	size_t count;

	larger.data = malloc(size);
	if (larger.data == NULL)
		return false;
	larger.size = size;
	larger.end = f->start;
	count = f->size > 0 ? parts_at(f, f->start, (size_t)(f->end - f->start), parts) : 0;
	for (size_t i = 0; i < count; i++)
		copy_in(&larger, parts[i].iov_base, parts[i].iov_len);
	free(f->data);
	f->data = larger.data;
	f->size = larger.size;
	return true;
}

static void
tell_readers(const struct fanout *f)
{
	struct fanout_reader *r;

	LIST_FOREACH(r, &f->readers, link)
		if (r->changed != NULL)
			r->changed(r);
}

void
fanout_end(struct fanout *f)
{
	f->ended = true;
	tell_readers(f);
}

bool
fanout_put(struct fanout *f, const struct fanout_reader *except, const char *data, size_t len)
{
	const struct header header = {len, except};
	size_t size = f->size > 0 ? f->size : SMALLEST;

	if (!has_room(f, size, len))
		trim(f);
	while (size < WINDOW && !has_room(f, size, len))
		size *= 2;
	if (!has_room(f, size, len)) {
		errno = ENOBUFS;
		return false;
	}
	if (size != f->size && !grow(f, size))
		return false;
	copy_in(f, &header, sizeof(header));
	copy_in(f, data, len);
	confirm(f, f->count == 0 || f->count > f->doubtful);
	tell_readers(f);
	return true;
}

size_t
fanout_next(const struct fanout *f, struct fanout_reader *r, struct iovec parts[2])
{
	struct header header;

	while (r->left == 0 && r->position < f->end) {
		copy_out(f, r->position, &header, sizeof(header));
		r->position += sizeof(header);
		if (header.except == r)
			r->position += header.len;
		else
			r->left = header.len;
	}
	return r->left > 0 ? parts_at(f, r->position, r->left, parts) : 0;
}

void
fanout_took(struct fanout *f, struct fanout_reader *r, size_t bytes)
{
	if (f->congested)
		wake_source(f);
	r->position += bytes;
	r->left -= bytes;
}

bool
fanout_empty(const struct fanout *f, const struct fanout_reader *r)
{
	struct fanout_reader copy = *r;
	struct iovec parts[2];

	return r->position == f->end || fanout_next(f, &copy, parts) == 0;
}
