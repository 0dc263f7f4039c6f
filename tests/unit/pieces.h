#ifndef UNIT_PIECES_H
#define UNIT_PIECES_H

#include <stdlib.h>
#include <string.h>

#include "codec/framing.h"
#include "codec/transform.h"

/* What comes in pieces, cut anywhere, for tests of those who must not care where. */

#define TEXT_MAX 1024
/* No longer texts than this are cut in three. */
#define THREE_MAX 96

/* Where a text is cut: each piece ends where the next one begins, some have no bytes. */
struct cuts {
	size_t count;
	size_t ends[TEXT_MAX];
};

/* Checks len bytes uncut, as single bytes, and in every two and, if there are few, three pieces. */
static inline void
each_cut(size_t len, void (*check)(const void *arg, const struct cuts *), const void *arg)
{
	struct cuts cuts = {.count = 1, .ends = {len}};

	check(arg, &cuts);
	for (cuts.count = 0; cuts.count < len; cuts.count++)
		cuts.ends[cuts.count] = cuts.count + 1;
	check(arg, &cuts);
	for (size_t i = 0; i <= len; i++)
		for (size_t j = i; j <= (len > THREE_MAX ? i : len); j++) {
			cuts = (struct cuts){.count = 3, .ends = {i, j, len}};
			check(arg, &cuts);
		}
}

/* Applies a transform as a lane does: the piece fills the end of a buffer, the outcome its start.
 */
static inline size_t
apply_in_lane(struct transform *transform, char *out, const char *in, size_t len)
{
	char *buffer = malloc(transform->growth * len);
	char *raw = buffer + (transform->growth - 1) * len;
	size_t used;

	memcpy(raw, in, len);
	used = transform->apply(transform, buffer, raw, len);
	memcpy(out, buffer, used);
	free(buffer);
	return used;
}

/* Applies a transform between two buffers that have no byte too many. */
static inline size_t
apply_apart(struct transform *transform, char *out, const char *in, size_t len)
{
	char *to = malloc(transform->growth * len), *from = malloc(len);
	size_t used;

	memcpy(from, in, len);
	used = transform->apply(transform, to, from, len);
	memcpy(out, to, used);
	free(from);
	free(to);
	return used;
}

/* The messages of a stream, one behind the other, and how it ended. */
struct decoded {
	size_t count, sizes[TEXT_MAX];
	size_t len;
	char text[TEXT_MAX];
	size_t complete; /* bytes of the stream that are whole messages with their marks */
	enum split end;
};

static inline void
decoded_add(struct decoded *d, const char *message, size_t size)
{
	d->sizes[d->count++] = size;
	memcpy(d->text + d->len, message, size);
	d->len += size;
}

/* Splits off the next message of len bytes that have no byte behind them. */
static inline enum split
decode_one(struct decoded *d, enum framing framing, const char *stream, size_t len, size_t max,
    size_t *used)
{
	char *exact = malloc(len);
	size_t skip, size;
	enum split split;

	memcpy(exact, stream, len);
	split = framing_split(framing, exact, len, max, &skip, &size, used);
	if (split == SPLIT_DONE)
		decoded_add(d, exact + skip, size);
	free(exact);
	return split;
}

/* Takes the messages from a stream as a lane does: after each piece those that are complete. */
static inline void
decode(struct decoded *d, enum framing framing, const char *stream, const struct cuts *cuts,
    size_t max)
{
	size_t used, stop = 0;

	*d = (struct decoded){0};
	for (size_t i = 0; i < cuts->count; i++) {
		stop = cuts->ends[i];
		while ((d->end = decode_one(d, framing, stream + d->complete, stop - d->complete,
			    max, &used)) == SPLIT_DONE)
			d->complete += used;
		if (d->end == SPLIT_TOO_LONG)
			return;
	}
	d->end = framing_rest(framing, stop - d->complete);
	if (d->end == SPLIT_DONE && stop > d->complete)
		decoded_add(d, stream + d->complete, stop - d->complete);
}

/* Puts the messages into a stream again, which has room for TEXT_MAX bytes. Returns its length. */
static inline size_t
encode(char *stream, const struct decoded *d, enum framing framing)
{
	const char *message = d->text;
	char before[FRAMING_MARK], behind[FRAMING_MARK];
	size_t len = 0, before_len, behind_len;

	for (size_t i = 0; i < d->count; message += d->sizes[i++]) {
		framing_marks(
		    framing, message, d->sizes[i], before, &before_len, behind, &behind_len);
		memcpy(stream + len, before, before_len);
		len += before_len;
		memcpy(stream + len, message, d->sizes[i]);
		len += d->sizes[i];
		memcpy(stream + len, behind, behind_len);
		len += behind_len;
	}
	return len;
}

#endif
