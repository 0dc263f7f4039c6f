#ifndef FUZZ_MESSAGES_H
#define FUZZ_MESSAGES_H

#include "codec/framing.h"

#include "fuzz.h"

/* Room for any stream that is made here. */
#define STREAM_MAX ((1 + FRAMING_MARK) * (TEXT_MAX + 1))

typedef void expect_fn(struct decoded *, enum framing, const char *stream, size_t len, size_t max);

static inline bool
same_messages(const struct decoded *a, const struct decoded *b)
{
	return a->count == b->count &&
	       memcmp(a->sizes, b->sizes, a->count * sizeof(a->sizes[0])) == 0 &&
	       a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* Cut anywhere, a stream has the same messages; those that are whole make it again. */
static inline void
check_stream(enum framing framing, const char *stream, const struct cuts *cuts, size_t max,
    expect_fn *expect)
{
	static struct decoded expected, found;
	static char again[STREAM_MAX];

	expected = (struct decoded){0};
	expect(&expected, framing, stream, cuts->ends[cuts->count - 1], max);
	decode(&found, framing, stream, cuts, max);
	assert(same_messages(&found, &expected));
	assert(found.end == expected.end && found.complete == expected.complete);
	for (size_t i = 0; i < found.count; i++)
		assert(found.sizes[i] <= max);
	assert(encode(again, &found, framing) >= found.complete);
	assert(memcmp(again, stream, found.complete) == 0);
}

/* Any texts make a stream that is messages throughout: the pieces. Frames are what they were. */
static inline void
check_texts(enum framing framing, const char *text, const struct cuts *cuts)
{
	static struct decoded texts, found;
	static char stream[STREAM_MAX], again[STREAM_MAX];
	struct cuts whole = {.count = 1};

	texts = (struct decoded){0};
	for (size_t i = 0, at = 0; i < cuts->count; at = cuts->ends[i++])
		decoded_add(&texts, text + at, cuts->ends[i] - at);
	whole.ends[0] = encode(stream, &texts, framing);
	decode(&found, framing, stream, &whole, TEXT_MAX);
	assert(found.end == SPLIT_DONE);
	assert(encode(again, &found, framing) == whole.ends[0]);
	assert(memcmp(again, stream, whole.ends[0]) == 0);
	assert(framing != FRAMING_FRAMES || same_messages(&found, &texts));
}

/* An input says how it is cut, then the longest message; the stream is behind that. */
static inline void
check_messages(enum framing framing, const uint8_t *data, size_t size, expect_fn *expect)
{
	const char *stream = (const char *)data + SIZES + 1;
	struct cuts cuts;

	if (size < SIZES + 1 || size > TEXT_MAX)
		return;
	cuts_from(&cuts, data, size - SIZES - 1);
	check_stream(framing, stream, &cuts, data[SIZES], expect);
	check_texts(framing, stream, &cuts);
}

#endif
