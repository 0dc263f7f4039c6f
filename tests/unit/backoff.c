/* Pauses between tries. */
#include "base/backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"

#define PAUSES 12
#define TIMES 2000

/* The longest of a number of pauses one behind the other. */
static const int64_t longest[PAUSES] = {100 * CLOCK_MS, 200 * CLOCK_MS, 400 * CLOCK_MS,
    800 * CLOCK_MS, CLOCK_S, CLOCK_S, CLOCK_S, CLOCK_S, CLOCK_S, CLOCK_S, CLOCK_S, CLOCK_S};

static void
pauses_double_up_to_a_second(void **state)
{
	(void)state;
	for (int time = 0; time < TIMES; time++) {
		struct backoff backoff = {0};

		for (int i = 0; i < PAUSES; i++)
			assert_in_range(backoff_next(&backoff), longest[i] / 2, longest[i]);
	}
}

/* Each quarter of where a pause can lie is hit; that one is missed by chance nobody will see. */
static void
pauses_are_spread_over_all_of_their_range(void **state)
{
	bool hit[PAUSES][4] = {0};

	(void)state;
	for (int time = 0; time < TIMES; time++) {
		struct backoff backoff = {0};

		for (int i = 0; i < PAUSES; i++) {
			const int64_t beyond = backoff_next(&backoff) - longest[i] / 2;

			hit[i][beyond * 4 / (longest[i] / 2 + 1)] = true;
		}
	}
	for (int i = 0; i < PAUSES; i++)
		for (int quarter = 0; quarter < 4; quarter++)
			assert_true(hit[i][quarter]);
}

static void
two_who_begin_together_do_not_stay_together(void **state)
{
	struct backoff one = {0}, two = {0};
	int same = 0;

	(void)state;
	for (int i = 0; i < PAUSES; i++)
		same += backoff_next(&one) == backoff_next(&two);
	assert_true(same < PAUSES / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pauses_double_up_to_a_second),
	    cmocka_unit_test(pauses_are_spread_over_all_of_their_range),
	    cmocka_unit_test(two_who_begin_together_do_not_stay_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
