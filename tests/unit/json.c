/* A JSON object on a line, in a buffer that may be too small. */
#include "codec/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "valid_json.h"

#define ROOM 4096

/* What this string becomes, as the only member, in a buffer of size bytes. */
static void
check_in(size_t size, const char *text, size_t len, const char *expected)
{
	char *buf = malloc(size);
	struct json j;
	size_t used;

	json_begin(&j, buf, size);
	json_bytes(&j, "a", text, len);
	used = json_end(&j);
	assert_true(used <= size);
	assert_int_equal(used, strlen(expected));
	assert_memory_equal(buf, expected, used);
	assert_true(is_json(buf, used));
	free(buf);
}

static void
check(const char *text, const char *expected)
{
	check_in(ROOM, text, strlen(text), expected);
}

static void
what_json_or_a_terminal_reads_is_escaped(void **state)
{
	(void)state;
	check("", "{\"a\":\"\"}");
	check("plain", "{\"a\":\"plain\"}");
	check("\"\\/", "{\"a\":\"\\\"\\\\/\"}");
	check("\n\r\t\033[m\x7f", "{\"a\":\"\\u000a\\u000d\\u0009\\u001b[m\\u007f\"}");
	check("\xc2\x9b\xe2\x80\xae", "{\"a\":\"\\u009b\\u202e\"}");
	check_in(ROOM, "\0b", 2, "{\"a\":\"\\u0000b\"}");
	check("gr\xc3\xbc\xc3\x9f \xf0\x9f\x8c\x8a",
	    "{\"a\":\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x8c\x8a\"}");
}

static void
a_byte_that_is_no_utf8_becomes_the_replacement_character(void **state)
{
	(void)state;
	check("a\xff"
	      "b",
	    "{\"a\":\"a\xef\xbf\xbd"
	    "b\"}");
	check("\xc3", "{\"a\":\"\xef\xbf\xbd\"}");
	check("\xed\xa0\x80", "{\"a\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}");
	check("\xc0\x80", "{\"a\":\"\xef\xbf\xbd\xef\xbf\xbd\"}");
}

static void
a_string_that_is_too_long_is_shortened_between_characters(void **state)
{
	(void)state;
	check_in(14, "123456", 6, "{\"a\":\"123456\"}");
	check_in(13, "123456", 6, "{\"a\":\"12\xe2\x80\xa6\"}");
	check_in(13, "1\n", 2, "{\"a\":\"1\xe2\x80\xa6\"}");
	check_in(13, "\xc3\xbc\xc3\xbc\xc3\xbc", 6, "{\"a\":\"\xc3\xbc\xe2\x80\xa6\"}");
	check_in(11, "123456", 6, "{\"a\":\"\xe2\x80\xa6\"}");
	check_in(10, "123456", 6, "{}");
	check_in(2, "", 0, "{}");
}

static void
a_string_has_a_limit_of_its_own(void **state)
{
	char text[JSON_STRING_MAX + 1], buf[ROOM];
	struct json j;

	(void)state;
	memset(text, 'x', sizeof(text));
	json_begin(&j, buf, sizeof(buf));
	json_bytes(&j, NULL, text, sizeof(text) - 1);
	assert_int_equal(j.used, 1 + 2 + JSON_STRING_MAX);
	json_bytes(&j, NULL, text, sizeof(text));
	assert_int_equal(j.used, 1 + 2 + JSON_STRING_MAX + 1 + 2 + JSON_STRING_MAX);
	assert_memory_equal(buf + j.used - 4, "\xe2\x80\xa6\"", 4);
}

/* Members of all kinds, in a buffer of size bytes. Returns the length. */
static size_t
write_all(char *buf, size_t size)
{
	struct json j;

	json_begin(&j, buf, size);
	json_number(&j, "n", 18446744073709551615u);
	json_bool(&j, "t", true);
	json_bool(&j, "f", false);
	json_seconds(&j, "s", INT64_C(61000002999));
	if (json_array(&j, "e"))
		json_array_end(&j);
	if (json_array(&j, "l")) {
		json_string(&j, NULL, "x");
		json_number(&j, NULL, 0);
		json_array_end(&j);
	}
	json_string(&j, "z", "\xff\xff\xff");
	return json_end(&j);
}

static void
members_of_all_kinds_are_separated(void **state)
{
	static const char expected[] =
	    "{\"n\":18446744073709551615,\"t\":true,\"f\":false,\"s\":61.000002,\"e\":[],"
	    "\"l\":[\"x\",0],\"z\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}";
	char buf[ROOM];
	const size_t len = write_all(buf, sizeof(buf));

	(void)state;
	assert_int_equal(len, sizeof(expected) - 1);
	assert_memory_equal(buf, expected, len);
}

static void
in_a_buffer_of_any_size_the_line_is_whole(void **state)
{
	(void)state;
	for (size_t size = JSON_MIN; size < 128; size++) {
		char *buf = malloc(size);
		const size_t len = write_all(buf, size);

		assert_true(len <= size);
		assert_true(is_json(buf, len));
		free(buf);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_json_or_a_terminal_reads_is_escaped),
	    cmocka_unit_test(a_byte_that_is_no_utf8_becomes_the_replacement_character),
	    cmocka_unit_test(a_string_that_is_too_long_is_shortened_between_characters),
	    cmocka_unit_test(a_string_has_a_limit_of_its_own),
	    cmocka_unit_test(members_of_all_kinds_are_separated),
	    cmocka_unit_test(in_a_buffer_of_any_size_the_line_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
