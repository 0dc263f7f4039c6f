/* Bytes as lines of hexadecimal and text. */
#include "codec/hexdump.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Whether bytes at an offset become these lines, in a buffer without a byte too many. */
static void
check(uint64_t offset, const char *data, size_t len, const char *expected)
{
	const size_t size = hexdump_size(len), expected_len = strlen(expected);
	char *out = malloc(size + 1), *from = malloc(len + 1);

	memcpy(from, data, len);
	out[size] = 0x5a;
	assert_int_equal(hexdump(out, offset, from, len), expected_len);
	assert_memory_equal(out, expected, expected_len);
	assert_int_equal(out[size], 0x5a);
	free(from);
	free(out);
}

static void
nothing_is_no_line(void **state)
{
	(void)state;
	assert_int_equal(hexdump_size(0), 0);
	check(0, "", 0, "");
}

static void
lines_are_padded(void **state)
{
	(void)state;
	check(0, "hello\n", 6,
	    "00000000  68 65 6c 6c 6f 0a                                |hello.|\n");
	check(16, "a", 1, "00000010  61                                               |a|\n");
}

static void
a_line_has_sixteen_bytes(void **state)
{
	(void)state;
	check(5, "0123456789abcdef", 16,
	    "00000005  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  |0123456789abcdef|\n");
	check(0, "0123456789abcdefg", 17,
	    "00000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  |0123456789abcdef|\n"
	    "00000010  67                                               |g|\n");
}

static void
what_is_not_printable_is_a_dot(void **state)
{
	(void)state;
	check(0, "\0\033\x1f ~\x7f\x80\xff", 8,
	    "00000000  00 1b 1f 20 7e 7f 80 ff                          |... ~...|\n");
}

static void
offsets_grow_beyond_eight_digits(void **state)
{
	(void)state;
	check(UINT64_C(0xfffffff8), "0123456789abcdefg", 17,
	    "fffffff8  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  |0123456789abcdef|\n"
	    "100000008  67                                               |g|\n");
	check(UINT64_MAX, "a", 1,
	    "ffffffffffffffff  61                                               |a|\n");
	/* The longest line of all. */
	check(UINT64_MAX - 15, "0123456789abcdef", 16,
	    "fffffffffffffff0  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  "
	    "|0123456789abcdef|\n");
	assert_int_equal(HEXDUMP_LINE, 16 + 2 + 48 + 1 + 18 + 1);
}

static void
every_byte_is_its_two_digits(void **state)
{
	char data[256], out[16 * HEXDUMP_LINE], byte[4];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)i;
	len = hexdump(out, 0, data, sizeof(data));
	for (size_t i = 0; i < sizeof(data); i++) {
		snprintf(byte, sizeof(byte), "%02x ", (unsigned int)i);
		assert_memory_equal(out + i / 16 * (len / 16) + 10 + i % 16 * 3, byte, 3);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_no_line),
	    cmocka_unit_test(lines_are_padded),
	    cmocka_unit_test(a_line_has_sixteen_bytes),
	    cmocka_unit_test(what_is_not_printable_is_a_dot),
	    cmocka_unit_test(offsets_grow_beyond_eight_digits),
	    cmocka_unit_test(every_byte_is_its_two_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
