/* CRLF for LF: each LF has its CR, nothing else is changed, wherever the text is cut. */
#include "codec/crlf.h"

#include "fuzz.h"

/* The same with all of the text at hand. */
static size_t
expect(char *out, const char *in, size_t len)
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		if (in[i] == '\n' && (i == 0 || in[i - 1] != '\r'))
			out[used++] = '\r';
		out[used++] = in[i];
	}
	return used;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char expected[CRLF_GROWTH * TEXT_MAX], out[CRLF_GROWTH * TEXT_MAX];
	const char *in = (const char *)data + SIZES;
	const size_t len = size - SIZES;
	size_t used, at = 0, cut_used = 0;
	struct crlf crlf;
	struct cuts cuts;

	if (size < SIZES || len > TEXT_MAX)
		return 0;
	crlf_start(&crlf);
	used = apply_apart(&crlf.transform, out, in, len);
	assert(used <= CRLF_GROWTH * len);
	for (size_t i = 0; i < used; i++)
		assert(out[i] != '\n' || (i > 0 && out[i - 1] == '\r'));
	assert(used == expect(expected, in, len));
	assert(memcmp(out, expected, used) == 0);

	cuts_from(&cuts, data, len);
	crlf_start(&crlf);
	for (size_t i = 0; i < cuts.count; at = cuts.ends[i++])
		cut_used +=
		    apply_in_lane(&crlf.transform, out + cut_used, in + at, cuts.ends[i] - at);
	assert(cut_used == used);
	assert(memcmp(out, expected, used) == 0);
	return 0;
}
