#include "net/fanout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Theory of operation. Pieces stand one behind the other in a circle of memory, each behind a mark
 * that says how long it is and who is not to get it. A reader is a position in the stream. The
 * window grows up to WINDOW bytes, and what is in there has to stay as long as somebody has not
 * read it. The last FANOUT_PIECE of it is for short words that cannot wait until it is open.
 *
 * So the slowest reader would stop everybody in the end. When the window is full, the fanout is
 * congested: nothing is put in before all are less than half of it behind. Who does not manage that
 * within GRACE, while somebody else has read all and waits for more, is dropped. As long as nobody
 * waits, nobody is dropped either: all are as slow as each other, and the source has to wait.
 */

#define WINDOW ((size_t)16 << 20)
#define OPEN (WINDOW - FANOUT_PIECE)
#define SMALLEST ((size_t)256 << 10)
#define GRACE (1 * CLOCK_S)

struct mark {
	size_t len;
	const struct fanout_reader *except;
};

/* Up to two parts of the circle: len bytes from position on. Returns how many. */
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

/* There may be room, or somebody to read. */
static void
wake_source(const struct fanout *f)
{
	if (f->source != NULL)
		loop_changed(f->source);
}

void
fanout_join(struct fanout *f, struct fanout_reader *r, void (*dropped)(void *), void *arg)
{
	const uint64_t position = f->count == 0 ? f->sure : f->end;

	*r = (struct fanout_reader){.position = position, .dropped = dropped, .arg = arg};
	LIST_INSERT_HEAD(&f->readers, r, link);
	f->count++;
	wake_source(f);
}

/* What is in the window has reached somebody, or will, or is nobody's: no newcomer is to get it. */
static void
settle(struct fanout *f, bool certain)
{
	if (!certain)
		return;
	f->sure = f->end;
	if (f->congested)
		wake_source(f);
}

void
fanout_doubt(struct fanout *f, struct fanout_reader *r, bool doubtful)
{
	f->doubtful = f->doubtful - r->doubtful + doubtful;
	r->doubtful = doubtful;
	settle(f, !doubtful);
}

void
fanout_leave(struct fanout *f, struct fanout_reader *r)
{
	if (f->speaker == r)
		f->speaker = NULL;
	LIST_REMOVE(r, link);
	f->count--;
	f->doubtful -= r->doubtful;
	settle(f, f->count == 0 && !r->doubtful);
	wake_source(f);
}

/* Forgets what everybody has read. */
static void
trim(struct fanout *f)
{
	const struct fanout_reader *r;
	uint64_t start = f->sure;

	LIST_FOREACH(r, &f->readers, link)
		if (r->position < start)
			start = r->position;
	f->start = start;
}

static size_t
longest(const struct fanout *f)
{
	return f->longest > 0 ? f->longest : FANOUT_PIECE;
}

/* Whether another piece fits into a window of this size, behind so many bytes. */
static bool
fits(uint64_t bytes, size_t size, size_t len)
{
	return bytes + sizeof(struct mark) + len <= size;
}

static bool
has_room(const struct fanout *f, size_t size, size_t len)
{
	return fits(f->end - f->start, size, len);
}

bool
fanout_open(struct fanout *f, int64_t now)
{
	if (!f->congested && has_room(f, OPEN, longest(f)))
		return true;
	trim(f);
	if (!has_room(f, f->congested ? WINDOW / 2 : OPEN, longest(f))) {
		if (!f->congested)
			f->patience = now + GRACE;
		f->congested = true;
		return false;
	}
	f->congested = false;
	return true;
}

int64_t
fanout_deadline(const struct fanout *f)
{
	return f->congested ? f->patience : CLOCK_NEVER;
}

/* Whether somebody has read all there is, and did not put the last piece in himself. */
static bool
somebody_waits(const struct fanout *f)
{
	const struct fanout_reader *r;

	LIST_FOREACH(r, &f->readers, link)
		if (fanout_empty(f, r) && r != f->speaker)
			return true;
	return false;
}

/* Whether a congested fanout would be open if all were as far as this one. */
static bool
has_caught_up(const struct fanout *f, const struct fanout_reader *r)
{
	return fits(f->end - r->position, WINDOW / 2, longest(f));
}

void
fanout_shed(struct fanout *f, int64_t now)
{
	struct fanout_reader *r, *next;

	if (!f->congested || now < f->patience)
		return;
	f->patience = now + GRACE;
	if (!somebody_waits(f))
		return;
	LIST_FOREACH_SAFE(r, &f->readers, link, next)
		if (!has_caught_up(f, r))
			r->dropped(r->arg);
}

/* Makes the window larger, and moves what is in there to where it belongs then. */
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
	const struct mark mark = {len, except};
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
	copy_in(f, &mark, sizeof(mark));
	copy_in(f, data, len);
	settle(f, f->count == 0 || f->count > f->doubtful);
	tell_readers(f);
	return true;
}

size_t
fanout_next(const struct fanout *f, struct fanout_reader *r, struct iovec parts[2])
{
	struct mark mark;

	while (r->left == 0 && r->position < f->end) {
		copy_out(f, r->position, &mark, sizeof(mark));
		r->position += sizeof(mark);
		if (mark.except == r)
			r->position += mark.len;
		else
			r->left = mark.len;
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
