/* Numbers, ports and durations as users write them. */
#include "base/number.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

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
	static const char *const texts[] = {
	    "", ".", ".5", "5.", "-1", "1 s", "s", "1d", "1S", "1ss", "1.5.5", "0x1", "1e3", "inf"};
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
	    cmocka_unit_test(durations_read_well),
	    cmocka_unit_test(poll_waits_for_whole_milliseconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
