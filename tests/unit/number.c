/* Numbers, ports and durations as users write them. */
#include "base/number.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"

static void
numbers_are_decimal_and_in_range(void **state)
{
	long long value = 7;
	const char *why;

	(void)state;
	assert_true(number_parse(&value, "0", 0, 10, &why));
	assert_int_equal(value, 0);
	assert_true(number_parse(&value, "0010", 0, 10, &why));
	assert_int_equal(value, 10);
	assert_true(number_parse(&value, "-3", -3, 0, &why));
	assert_int_equal(value, -3);
	assert_false(number_parse(&value, "11", 0, 10, &why));
	assert_string_equal(why, "too large");
	assert_false(number_parse(&value, "0", 1, 10, &why));
	assert_string_equal(why, "too small");
	assert_false(number_parse(&value, "99999999999999999999", 0, LLONG_MAX, &why));
	assert_string_equal(why, "too large");
	assert_int_equal(value, -3);
}

static void
anything_else_is_no_number(void **state)
{
	static const char *const texts[] = {
	    "", " ", "-", "+1", " 1", "1 ", "0x10", "1e3", "1.0", "1k", "--1", "\t1", "1\n"};
	long long value = 7;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_false(number_parse(&value, texts[i], -10, 100, &why));
		assert_string_equal(why, "invalid");
	}
	assert_false(number_parse(&value, "-1", 0, 10, &why));
	assert_int_equal(value, 7);
}

static void
ports_are_16_bits(void **state)
{
	uint16_t port = 7;
	const char *why;

	(void)state;
	assert_true(port_parse(&port, "65535", 1, &why));
	assert_int_equal(port, 65535);
	assert_true(port_parse(&port, "0", 0, &why));
	assert_int_equal(port, 0);
	assert_false(port_parse(&port, "65536", 1, &why));
	assert_false(port_parse(&port, "0", 1, &why));
	assert_false(port_parse(&port, "http", 1, &why));
}

static void
durations_have_units_and_fractions(void **state)
{
	static const struct {
		const char *text;
		int64_t time;
	} cases[] = {
	    {"0", 0},
	    {"2", 2 * CLOCK_S},
	    {"2s", 2 * CLOCK_S},
	    {"0.5", CLOCK_S / 2},
	    {".5", CLOCK_S / 2},
	    {".25ms", 250000},
	    {"250ms", 250 * CLOCK_MS},
	    {"1.5ms", 1500000},
	    {"10m", 600 * CLOCK_S},
	    {"1.5h", 5400 * CLOCK_S},
	    {"0.000000001", 1},
	    {"0.0000000001", 0},
	    {"0.1234567891", 123456789},
	};
	const char *why;
	int64_t time;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(duration_parse(&time, cases[i].text, &why));
		assert_int_equal(time, cases[i].time);
	}
}

static void
anything_else_is_no_duration(void **state)
{
	static const char *const texts[] = {"", ".", "5.", ".s", "..5", "-1", "1 s", "s", "1d",
	    "1S", "1ss", "1.5.5", "0x1", "1e3", "inf"};
	int64_t time = 7;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_false(duration_parse(&time, texts[i], &why));
		assert_string_equal(why, "invalid");
	}
	assert_false(duration_parse(&time, "99999999999h", &why));
	assert_string_equal(why, "too large");
	assert_false(duration_parse(&time, "99999999999999999999999999", &why));
	assert_int_equal(time, 7);
}

static void
sizes_are_decimal_and_have_units(void **state)
{
	static const struct {
		const char *text;
		long long size;
	} cases[] = {
	    {"0", 0},
	    {"4096", 4096},
	    {"010", 10},
	    {"08", 8},
	    {"00", 0},
	    {"1k", 1024},
	    {"1K", 1024},
	    {"010k", 10240},
	    {"64k", 65536},
	    {"1m", 1048576},
	    {"1M", 1048576},
	    {"3g", 3221225472},
	    {"3G", 3221225472},
	    {"0G", 0},
	    {"9007199254740991k", 9223372036854774784},
	    {"8589934591G", 9223372035781033984},
	    {"9223372036854775807", LLONG_MAX},
	};
	const char *why;
	long long size;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(size_parse(&size, cases[i].text, 0, LLONG_MAX, &why));
		assert_int_equal(size, cases[i].size);
	}
}

static void
sizes_are_in_range(void **state)
{
	static const char *const huge[] = {"2049", "3k", "1G", "9223372036854775808",
	    "9007199254740992k", "8589934592G", "18446744073709551615", "18446744073709551616",
	    "18446744073709551616k", "18014398509481985k", "17179869185G",
	    "99999999999999999999999999M"};
	const char *why;
	long long size = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(huge) / sizeof(huge[0]); i++) {
		assert_false(size_parse(&size, huge[i], 1, 2048, &why));
		assert_string_equal(why, "too large");
	}
	for (size_t i = 3; i < sizeof(huge) / sizeof(huge[0]); i++)
		assert_false(size_parse(&size, huge[i], 1, LLONG_MAX, &why));
	assert_false(size_parse(&size, "0", 1, 2048, &why));
	assert_string_equal(why, "too small");
	assert_false(size_parse(&size, "1k", 1025, 2048, &why));
	assert_string_equal(why, "too small");
	assert_int_equal(size, 7);
	assert_true(size_parse(&size, "1", 1, 2048, &why));
	assert_int_equal(size, 1);
	assert_true(size_parse(&size, "2k", 1, 2048, &why));
	assert_int_equal(size, 2048);
}

static void
anything_else_is_no_size(void **state)
{
	static const char *const texts[] = {"", " ", "k", "-1", "+1", " 1", "1 ", "1 k", "1kk",
	    "1kb", "1kB", "1b", "1B", "1T", "1p", "1E", "0x10", "1e3", "1.5k", "1.0", "1k ", "--1",
	    "1\n"};
	const char *why;
	long long size = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_false(size_parse(&size, texts[i], 0, LLONG_MAX, &why));
		assert_string_equal(why, "invalid");
	}
	assert_int_equal(size, 7);
}

static void
permissions_are_octal(void **state)
{
	static const char *const invalid[] = {
	    "", "8", "68", "0o7", "0x7", "-1", "+7", " 7", "7 ", "u+x", "77 7", "7\n"};
	static const char *const large[] = {
	    "1000", "4755", "7777", "01000", "77777", "777777777777777777777777777777"};
	const char *why;
	long long mode;

	(void)state;
	for (int i = 0; i <= 0777; i++) {
		char text[8];

		snprintf(text, sizeof(text), "%o", (unsigned)i);
		assert_true(permissions_parse(&mode, text, &why));
		assert_int_equal(mode, i);
		snprintf(text, sizeof(text), "%04o", (unsigned)i);
		assert_true(permissions_parse(&mode, text, &why));
		assert_int_equal(mode, i);
	}
	mode = 7;
	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
		assert_false(permissions_parse(&mode, invalid[i], &why));
		assert_string_equal(why, "invalid");
	}
	for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
		assert_false(permissions_parse(&mode, large[i], &why));
		assert_string_equal(why, "too large");
	}
	assert_int_equal(mode, 7);
}

static void
digits_are_ascii_and_nothing_else(void **state)
{
	(void)state;
	assert_true(number_digits("0"));
	assert_true(number_digits("99999999999999999999999999"));
	assert_false(number_digits(""));
	assert_false(number_digits("-1"));
	assert_false(number_digits("1a"));
	assert_false(number_digits("1 "));
	assert_false(number_digits("\xd9\xa1"));
}

static void
durations_read_well(void **state)
{
	char text[32];

	(void)state;
	assert_string_equal(duration_text(text, 250 * CLOCK_MS), "250ms");
	assert_string_equal(duration_text(text, 3 * CLOCK_S / 2), "1.5s");
	assert_string_equal(duration_text(text, 600 * CLOCK_S), "600s");
}

static void
poll_waits_for_whole_milliseconds(void **state)
{
	(void)state;
	assert_int_equal(clock_timeout(5, CLOCK_NEVER), -1);
	assert_int_equal(clock_timeout(5, 5), 0);
	assert_int_equal(clock_timeout(5, 4), 0);
	assert_int_equal(clock_timeout(5, 6), 1);
	assert_int_equal(clock_timeout(0, CLOCK_MS), 1);
	assert_int_equal(clock_timeout(0, CLOCK_MS + 1), 2);
	assert_int_equal(clock_timeout(0, CLOCK_NEVER - 1), INT_MAX);
	assert_true(clock_after(CLOCK_NEVER, 5) == CLOCK_NEVER);
	assert_true(clock_after(5, -1) == CLOCK_NEVER);
	assert_true(clock_after(5, CLOCK_NEVER) == CLOCK_NEVER);
	assert_true(clock_after(5, 6) == 11);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers_are_decimal_and_in_range),
	    cmocka_unit_test(anything_else_is_no_number),
	    cmocka_unit_test(ports_are_16_bits),
	    cmocka_unit_test(durations_have_units_and_fractions),
	    cmocka_unit_test(anything_else_is_no_duration),
	    cmocka_unit_test(sizes_are_decimal_and_have_units),
	    cmocka_unit_test(sizes_are_in_range),
	    cmocka_unit_test(anything_else_is_no_size),
	    cmocka_unit_test(permissions_are_octal),
	    cmocka_unit_test(digits_are_ascii_and_nothing_else),
	    cmocka_unit_test(durations_read_well),
	    cmocka_unit_test(poll_waits_for_whole_milliseconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
