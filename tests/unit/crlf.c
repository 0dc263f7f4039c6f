/* CRLF for LF, wherever a text is cut. */
#include "codec/crlf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "pieces.h"
#include "pump/lane.h"

struct example {
	const char *in, *out;
	size_t len, out_len;
};
#define EXAMPLE(in, out)                                                                           \
	{                                                                                          \
		in, out, sizeof(in) - 1, sizeof(out) - 1                                           \
	}

static const struct example examples[] = {
    EXAMPLE("", ""),
    EXAMPLE("text", "text"),
    EXAMPLE("\n", "\r\n"),
    EXAMPLE("\r\n", "\r\n"),
    EXAMPLE("\r", "\r"),
    EXAMPLE("\n\n\n", "\r\n\r\n\r\n"),
    EXAMPLE("\n\r", "\r\n\r"),
    EXAMPLE("\n\r\n", "\r\n\r\n"),
    EXAMPLE("\r\r\n\n", "\r\r\n\r\n"),
    EXAMPLE("\r\n\n\r\n", "\r\n\r\n\r\n"),
    EXAMPLE("\rx\n", "\rx\r\n"),
    EXAMPLE("\r\0\n", "\r\0\r\n"),
    EXAMPLE("one\ntwo\r\nthree\rfour\n\n", "one\r\ntwo\r\nthree\rfour\r\n\r\n"),
    EXAMPLE("\xff\x8d\n\x8a\r\n", "\xff\x8d\r\n\x8a\r\n"),
};

typedef size_t apply_fn(struct transform *, char *out, const char *in, size_t len);

static void
check_with(apply_fn *apply, const struct example *example, const struct cuts *cuts)
{
	char out[CRLF_GROWTH * TEXT_MAX];
	struct crlf crlf;
	size_t at = 0, len = 0;

	crlf_start(&crlf);
	for (size_t i = 0; i < cuts->count; at = cuts->ends[i++])
		len += apply(&crlf.transform, out + len, example->in + at, cuts->ends[i] - at);
	assert_int_equal(len, example->out_len);
	assert_memory_equal(out, example->out, len);
}

static void
check(const void *example, const struct cuts *cuts)
{
	check_with(apply_apart, example, cuts);
	check_with(apply_in_lane, example, cuts);
}

static void
each_lf_gets_its_cr(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		each_cut(examples[i].len, check, &examples[i]);
}

/* A text with all that can stand beside each other, and what is to become of it. */
static void
long_texts_may_be_cut_anywhere(void **state)
{
	char in[TEXT_MAX / 2], out[CRLF_GROWTH * TEXT_MAX];
	struct example example = {in, out, sizeof(in), 0};

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++) {
		in[i] = "\r\nx"[(i * i / 5 + i / 7) % 3];
		if (in[i] == '\n' && (i == 0 || in[i - 1] != '\r'))
			out[example.out_len++] = '\r';
		out[example.out_len++] = in[i];
	}
	each_cut(example.len, check, &example);
}

/* A lane's whole buffer: nothing is overtaken, and there is room for the worst. */
static void
a_lane_full_of_newlines_has_room(void **state)
{
	char *buffer = malloc(CRLF_GROWTH * LANE_PIECE);
	char *raw = buffer + (CRLF_GROWTH - 1) * LANE_PIECE;
	struct crlf crlf;

	(void)state;
	for (size_t len = 1; len <= LANE_PIECE; len *= 2) {
		memset(raw, '\n', len);
		crlf_start(&crlf);
		assert_int_equal(crlf.transform.apply(&crlf.transform, buffer, raw, len), 2 * len);
		for (size_t i = 0; i < 2 * len; i++)
			assert_int_equal(buffer[i], "\r\n"[i % 2]);
	}
	free(buffer);
}

static void
a_new_start_forgets_the_last_byte(void **state)
{
	struct crlf crlf;
	char out[2];

	(void)state;
	crlf_start(&crlf);
	assert_int_equal(crlf.transform.apply(&crlf.transform, out, "\r", 1), 1);
	crlf_start(&crlf);
	assert_int_equal(crlf.transform.apply(&crlf.transform, out, "\n", 1), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_lf_gets_its_cr),
	    cmocka_unit_test(long_texts_may_be_cut_anywhere),
	    cmocka_unit_test(a_lane_full_of_newlines_has_room),
	    cmocka_unit_test(a_new_start_forgets_the_last_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
