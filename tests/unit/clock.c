/* Times of day as text. */
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void
check(int64_t wall, const char *expected)
{
	char text[CLOCK_TEXT];

	assert_ptr_equal(clock_text(text, wall), text);
	assert_string_equal(text, expected);
}

static void
times_are_in_utc_with_microseconds(void **state)
{
	(void)state;
	check(0, "1970-01-01T00:00:00.000000Z");
	check(INT64_C(951827696789012999), "2000-02-29T12:34:56.789012Z");
	check(INT64_C(4102444799999999999), "2099-12-31T23:59:59.999999Z");
	check(INT64_MAX, "2262-04-11T23:47:16.854775Z");
}

static void
the_time_of_day_is_now(void **state)
{
	const int64_t now = (int64_t)time(NULL) * CLOCK_S;

	(void)state;
	assert_in_range(clock_wall(), now, now + 10 * CLOCK_S);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(times_are_in_utc_with_microseconds),
	    cmocka_unit_test(the_time_of_day_is_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
