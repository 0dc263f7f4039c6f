/*
 * Any bytes at all are made visible: what a terminal obeys is not in them any more, what it shows
 * stays, and nothing is lost.
 */
#include "codec/visible.h"

#include "fuzz.h"

/* RFC 3629, 4: the bytes of characters, as ranges; those that are obeyed are left out. */
static const struct {
	size_t size;
	uint8_t ranges[4][2];
} shown[] = {
    {1, {{0x09, 0x09}}},
    {1, {{0x20, 0x7e}}},
    {2, {{0xc2, 0xc2}, {0xa0, 0xbf}}},
    {2, {{0xc3, 0xdf}, {0x80, 0xbf}}},
    {3, {{0xe0, 0xe0}, {0xa0, 0xbf}, {0x80, 0xbf}}},
    {3, {{0xe1, 0xe1}, {0x80, 0xbf}, {0x80, 0xbf}}},
    {3, {{0xe2, 0xe2}, {0x80, 0x80}, {0x80, 0xa9}}},
    {3, {{0xe2, 0xe2}, {0x80, 0x80}, {0xaf, 0xbf}}},
    {3, {{0xe2, 0xe2}, {0x81, 0x81}, {0x80, 0xa5}}},
    {3, {{0xe2, 0xe2}, {0x81, 0x81}, {0xaa, 0xbf}}},
    {3, {{0xe2, 0xe2}, {0x82, 0xbf}, {0x80, 0xbf}}},
    {3, {{0xe3, 0xec}, {0x80, 0xbf}, {0x80, 0xbf}}},
    {3, {{0xed, 0xed}, {0x80, 0x9f}, {0x80, 0xbf}}},
    {3, {{0xee, 0xef}, {0x80, 0xbf}, {0x80, 0xbf}}},
    {4, {{0xf0, 0xf0}, {0x90, 0xbf}, {0x80, 0xbf}, {0x80, 0xbf}}},
    {4, {{0xf1, 0xf3}, {0x80, 0xbf}, {0x80, 0xbf}, {0x80, 0xbf}}},
    {4, {{0xf4, 0xf4}, {0x80, 0x8f}, {0x80, 0xbf}, {0x80, 0xbf}}},
};

/* How many bytes the character has that in begins with and that is shown; 0 if there is none. */
static size_t
shown_size(const uint8_t *in, size_t len)
{
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		size_t at = 0;

		while (at < shown[i].size && at < len && in[at] >= shown[i].ranges[at][0] &&
		       in[at] <= shown[i].ranges[at][1])
			at++;
		if (at == shown[i].size)
			return at;
	}
	return 0;
}

static size_t
expect(char *out, const uint8_t *in, size_t len)
{
	size_t used = 0, size;

	for (size_t i = 0; i < len; i += size) {
		size = shown_size(in + i, len - i);
		memcpy(out + used, in + i, size);
		used += size;
		if (size > 0)
			continue;
		size = 1;
		out[used++] = '\\';
		out[used++] = (char)('0' + in[i] / 64);
		out[used++] = (char)('0' + in[i] / 8 % 8);
		out[used++] = (char)('0' + in[i] % 8);
	}
	return used;
}

/* Takes the backslashes out again; text had none before. */
static void
check_decoded(const char *out, size_t used, const uint8_t *in, size_t len)
{
	size_t at = 0;

	for (size_t i = 0; i < used; i++, at++) {
		assert(at < len);
		if (out[i] != '\\') {
			assert((uint8_t)out[i] == in[at]);
			continue;
		}
		assert(used - i >= 4);
		assert(
		    (out[i + 1] - '0') * 64 + (out[i + 2] - '0') * 8 + out[i + 3] - '0' == in[at]);
		i += 3;
	}
	assert(at == len);
}

/* The stream in pieces, each in a buffer without a byte too many. Returns the length. */
static size_t
take_stream(char *out, bool gently, const char *in, const struct cuts *cuts)
{
	struct visible v;
	size_t at = 0, len = 0;

	visible_start(&v, gently);
	for (size_t i = 0; i < cuts->count; at = cuts->ends[i++]) {
		const size_t piece = cuts->ends[i] - at;
		const size_t size = transforms_size(&v.transform, piece);
		char *buffer = malloc(size);
		size_t used;

		memcpy(buffer + size - piece, in + at, piece);
		used = transforms_apply(
		    &v.transform, buffer, buffer + size - piece, piece, i + 1 == cuts->count);
		memcpy(out + len, buffer, used);
		len += used;
		free(buffer);
	}
	return len;
}

/* Where a stream is cut makes no difference, and only line ends make one to a text. */
static void
check_stream(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data + SIZES;
	const size_t len = size - SIZES;
	char whole[VISIBLE_GROWTH * TEXT_MAX], pieces[sizeof(whole)];
	struct cuts one = {.count = 1, .ends = {len}}, cuts;
	size_t used;

	cuts_from(&cuts, data, len);
	for (int gently = 0; gently < 2; gently++) {
		used = take_stream(whole, gently, in, &one);
		assert(take_stream(pieces, gently, in, &cuts) == used);
		assert(memcmp(whole, pieces, used) == 0);
		assert(memchr(whole, '\033', used) == NULL);
		assert(gently || memchr(in, '\n', len) != NULL ||
		       visible_text(pieces, in, len) == used);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Without a byte too many, so that nothing is written behind them. */
	char *out = malloc(VISIBLE_GROWTH * size), *again = NULL;
	char expected[VISIBLE_GROWTH * TEXT_MAX];
	size_t used;

	if (size <= TEXT_MAX) {
		if (size > SIZES)
			check_stream(data, size);
		used = visible_text(out, (const char *)data, size);
		assert(used <= VISIBLE_GROWTH * size);
		assert(used == expect(expected, data, size));
		assert(used == 0 || memcmp(out, expected, used) == 0);
		for (size_t i = 0; i < used; i++)
			assert(out[i] == '\t' || ((uint8_t)out[i] >= ' ' && out[i] != 0x7f));
		if (size > 0 && memchr(data, '\\', size) == NULL)
			check_decoded(out, used, data, size);

		again = malloc(VISIBLE_GROWTH * used);
		assert(visible_text(again, out, used) == used);
		assert(used == 0 || memcmp(again, out, used) == 0);
	}
	free(again);
	free(out);
	return 0;
}
