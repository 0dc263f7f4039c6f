/* Text in which nothing commands a terminal. */
#include "codec/visible.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pieces.h"

/* Whether len bytes become these, between two buffers that have no byte too many. */
static void
check_bytes(const char *in, size_t len, const char *expected, size_t expected_len)
{
	char *from = malloc(len + 1), *out = malloc(VISIBLE_GROWTH * len + 1);

	memcpy(from, in, len);
	out[VISIBLE_GROWTH * len] = 0x5a;
	assert_int_equal(visible_text(out, from, len), expected_len);
	assert_memory_equal(out, expected, expected_len);
	assert_int_equal(out[VISIBLE_GROWTH * len], 0x5a);
	free(out);
	free(from);
}

static void
check(const char *in, const char *expected)
{
	check_bytes(in, strlen(in), expected, strlen(expected));
}

static void
keep(const char *in)
{
	check(in, in);
}

static void
text_stays(void **state)
{
	(void)state;
	keep("");
	keep("Hello, world! ~ \\ \\033 \"'`$");
	keep("a\tb\t");
	keep("\xc3\xa4\xc3\xb6\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80 \xd7\xa9");
}

static void
control_characters_of_ascii_are_encoded(void **state)
{
	(void)state;
	check("\033[31mred\033[0m", "\\033[31mred\\033[0m");
	check("a\r\nb", "a\\015\\012b");
	check("\a\b\v\f", "\\007\\010\\013\\014");
	check("\x7f", "\\177");
	/* Whatever follows. */
	check("\0337", "\\0337");
	check_bytes("a\0b", 3, "a\\000b", 6);
	check_bytes("\0"
		    "1",
	    2, "\\0001", 5);
}

static void
control_characters_of_unicode_are_encoded(void **state)
{
	(void)state;
	check("\xc2\x9b"
	      "31m",
	    "\\302\\23331m");
	check("\xc2\x80\xc2\x9f\xc2\xa0", "\\302\\200\\302\\237\xc2\xa0");
}

static void
marks_that_change_the_direction_are_encoded(void **state)
{
	(void)state;
	check("a\xe2\x80\xae"
	      "b",
	    "a\\342\\200\\256b");
	check("\xe2\x81\xa6\xe2\x81\xa9", "\\342\\201\\246\\342\\201\\251");
	keep("\xe2\x80\xa9\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa");
}

static void
what_is_no_utf_8_is_encoded(void **state)
{
	(void)state;
	/* Bytes that there are not, and such as continue nothing. */
	check("\xff\xfe\xf8\xf5", "\\377\\376\\370\\365");
	check("\x80"
	      "a\xbf",
	    "\\200a\\277");
	check("\xc3\xa4\xa4", "\xc3\xa4\\244");
	/* Too long for what they are: '/', NUL, U+07FF, U+FFFF. */
	check("\xc0\xaf\xc1\xbf", "\\300\\257\\301\\277");
	check("\xe0\x80\x80\xe0\x9f\xbf", "\\340\\200\\200\\340\\237\\277");
	check("\xf0\x8f\xbf\xbf", "\\360\\217\\277\\277");
	/* Nor is there a character of five bytes or more. */
	check("\xf8\x90\x80\x80", "\\370\\220\\200\\200");
	check("\xfc\x90\x80\x80\x80\x80", "\\374\\220\\200\\200\\200\\200");
	check("\xff\xbf\xbf\xbf", "\\377\\277\\277\\277");
	/* Halves of pairs, and what is above U+10FFFF. */
	check("\xed\xa0\x80\xed\xbf\xbf", "\\355\\240\\200\\355\\277\\277");
	check("\xf4\x90\x80\x80", "\\364\\220\\200\\200");
}

static void
text_goes_on_behind_what_is_no_character(void **state)
{
	(void)state;
	check("\xc3"
	      "a",
	    "\\303a");
	check("\xe2\x82"
	      "ab",
	    "\\342\\202ab");
	check("\xf0\x9f\x98\xc3\xa4", "\\360\\237\\230\xc3\xa4");
	check("\xe2\xe2\x82\xac", "\\342\xe2\x82\xac");
	check("\xe2\x82\033", "\\342\\202\\033");
}

static void
cut_characters_are_encoded(void **state)
{
	static const char *const texts[] = {"\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
	char expected[16];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (size_t len = 1; len < strlen(texts[i]); len++) {
			for (size_t j = 0; j < len; j++)
				snprintf(expected + 4 * j, 5, "\\%03o", (unsigned char)texts[i][j]);
			check_bytes(texts[i], len, expected, 4 * len);
		}
}

struct stream {
	bool gently;
	const char *in, *out;
	size_t len, out_len;
};
#define STREAM(gently, in, out)                                                                    \
	{                                                                                          \
		gently, in, out, sizeof(in) - 1, sizeof(out) - 1                                   \
	}

static const struct stream streams[] = {
    STREAM(false, "", ""),
    STREAM(false, "text\\", "text\\"),
    STREAM(false, "a\tb\nc\n\n", "a\tb\nc\n\n"),
    STREAM(false, "a\r\nb\rc\r", "a\r\nb\\015c\\015"),
    STREAM(false, "\r\r\n\r", "\\015\r\n\\015"),
    STREAM(false, "\033[1m\a\0\177", "\\033[1m\\007\\000\\177"),
    STREAM(false, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
    STREAM(false, "\xc2\x9b\xe2\x80\xae\xff", "\\302\\233\\342\\200\\256\\377"),
    STREAM(false, "\xf0\x9f\x98\xc3\xa4\xe2\x82\n", "\\360\\237\\230\xc3\xa4\\342\\202\n"),
    STREAM(false, "\xe2\x82\r\n\xc3\r", "\\342\\202\r\n\\303\\015"),
    STREAM(false, "x\xf0\x9f\x98", "x\\360\\237\\230"),
    STREAM(false, "\xed\xa0\x80\xf4\x90", "\\355\\240\\200\\364\\220"),
    STREAM(true, "a\r\nb\rc\b\a\t\v\f\0\177", "a\r\nb\rc\b\a\t\v\f\0\177"),
    STREAM(true, "\033[1m\016\017\005\020", "\\033[1m\\016\\017\\005\\020"),
    STREAM(true, "\xc2\x9b\xc2\xa0\xe2\x80\xae", "\\302\\233\xc2\xa0\xe2\x80\xae"),
    STREAM(true, "\x9b\xe4\xff\xc3\x9b\xc3", "\\233\xe4\xff\xc3\x9b\xc3"),
    STREAM(true, "\xe2\x82\xe2\x82\xac\xf0\x9f\x98", "\xe2\\202\xe2\x82\xac\xf0\\237\\230"),
};

/* A stream in pieces, each in a lane's buffer without a byte too many. */
static void
check_stream(const void *arg, const struct cuts *cuts)
{
	const struct stream *s = arg;
	char out[VISIBLE_GROWTH * (TEXT_MAX + VISIBLE_CARRY)];
	struct visible v;
	size_t at = 0, len = 0;

	visible_start(&v, s->gently);
	for (size_t i = 0; i <= cuts->count; i++) {
		const bool last = i == cuts->count;
		const size_t piece = last ? 0 : cuts->ends[i] - at;
		const size_t size = transforms_size(&v.transform, piece);
		char *buffer = malloc(size);
		size_t used;

		memcpy(buffer + size - piece, s->in + at, piece);
		at += piece;
		used = transforms_apply(&v.transform, buffer, buffer + size - piece, piece, last);
		memcpy(out + len, buffer, used);
		len += used;
		free(buffer);
	}
	assert_int_equal(len, s->out_len);
	assert_memory_equal(out, s->out, len);
}

static void
a_stream_may_be_cut_anywhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
		each_cut(streams[i].len, check_stream, &streams[i]);
}

/* How many bytes come out at once of a stream that goes on. */
static size_t
at_once(const char *in)
{
	char out[64];
	struct visible v;

	visible_start(&v, false);
	return v.transform.apply(&v.transform, out, in, strlen(in));
}

static void
only_what_is_incomplete_is_kept_back(void **state)
{
	(void)state;
	assert_int_equal(at_once("login: "), 7);
	assert_int_equal(at_once("login:\n"), 7);
	assert_int_equal(at_once("login:\r"), 6);
	assert_int_equal(at_once("login:\xc3"), 6);
	assert_int_equal(at_once("login:\xf0\x9f\x98"), 6);
	/* These begin no character. */
	assert_int_equal(at_once("\xc0"), 4);
	assert_int_equal(at_once("\xf5"), 4);
	assert_int_equal(at_once("\x80"), 4);
	assert_int_equal(at_once("\xe0\x80"), 8);
	assert_int_equal(at_once("\xed\xa0"), 8);
	assert_int_equal(at_once("\xf0\x80"), 8);
	assert_int_equal(at_once("\xf4\x90"), 8);
}

/* UTF-8 by hand; RFC 3629, 3. */
static size_t
encode_character(char out[static 4], uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 + c / 64);
		out[1] = (char)(0x80 + c % 64);
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 + c / 4096);
		out[1] = (char)(0x80 + c / 64 % 64);
		out[2] = (char)(0x80 + c % 64);
		return 3;
	}
	out[0] = (char)(0xf0 + c / 262144);
	out[1] = (char)(0x80 + c / 4096 % 64);
	out[2] = (char)(0x80 + c / 64 % 64);
	out[3] = (char)(0x80 + c % 64);
	return 4;
}

static bool
is_shown(uint32_t c)
{
	if (c == '\t')
		return true;
	if (c < ' ' || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		return false;
	return (c < 0x202a || c > 0x202e) && (c < 0x2066 || c > 0x2069);
}

static void
each_character_is_shown_or_encoded(void **state)
{
	char in[4], out[VISIBLE_GROWTH * sizeof(in)], octal[5];
	size_t len;

	(void)state;
	for (uint32_t c = 0; c < 0x1fffff; c++) {
		len = encode_character(in, c);
		if (is_shown(c)) {
			assert_true(visible_text(out, in, len) == len);
			assert_true(memcmp(out, in, len) == 0);
			continue;
		}
		assert_true(visible_text(out, in, len) == 4 * len);
		for (size_t i = 0; c < 0x20000 && i < len; i++) {
			snprintf(octal, sizeof(octal), "\\%03o", (unsigned char)in[i]);
			assert_memory_equal(out + 4 * i, octal, 4);
		}
	}
}

static void
what_is_visible_stays_so(void **state)
{
	char in[256], once[VISIBLE_GROWTH * sizeof(in)], twice[VISIBLE_GROWTH * sizeof(once)];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (char)i;
	len = visible_text(once, in, sizeof(in));
	/* Tab and the 95 that ASCII prints stay. */
	assert_int_equal(len, 96 + 4 * 160);
	assert_int_equal(visible_text(twice, once, len), len);
	assert_memory_equal(twice, once, len);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_stays),
	    cmocka_unit_test(control_characters_of_ascii_are_encoded),
	    cmocka_unit_test(control_characters_of_unicode_are_encoded),
	    cmocka_unit_test(marks_that_change_the_direction_are_encoded),
	    cmocka_unit_test(what_is_no_utf_8_is_encoded),
	    cmocka_unit_test(text_goes_on_behind_what_is_no_character),
	    cmocka_unit_test(cut_characters_are_encoded),
	    cmocka_unit_test(a_stream_may_be_cut_anywhere),
	    cmocka_unit_test(only_what_is_incomplete_is_kept_back),
	    cmocka_unit_test(each_character_is_shown_or_encoded),
	    cmocka_unit_test(what_is_visible_stays_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
