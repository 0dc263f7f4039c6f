/* A limit on bytes a second, by a clock that the tests move. */
#include "pump/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"

#define START (INT64_C(1234567890123) * CLOCK_MS)

static const uint64_t rates[] = {1, 3, 19, 20, 100, 333, 1000, 10000, 20480, 102400, 102401,
    1000000, UINT64_C(1) << 20, UINT64_C(999999937), UINT64_C(1) << 30, UINT64_C(10) << 30,
    PACE_MAX};
#define RATES (sizeof(rates) / sizeof(rates[0]))

/* One that always has something to read, and reads as much as it may. */
struct reader {
	struct pace pace;
	int64_t now;
	uint64_t total, wakeups;
	size_t largest; /* of what it has read at once */
};

static void
start(struct reader *r, uint64_t rate)
{
	*r = (struct reader){.pace = {.rate = rate}, .now = START};
}

/* Reads at most so many bytes at once until a time; each wake-up is late by up to so much. */
static void
read_until(struct reader *r, int64_t end, size_t most, int64_t late)
{
	int64_t next = 0;

	while (r->now < end) {
		size_t allowance = pace_allowance(&r->pace, r->now);

		assert_true(allowance > 0);
		if (allowance > r->largest)
			r->largest = allowance;
		allowance = allowance < most ? allowance : most;
		r->total += allowance;
		next = pace_count(&r->pace, r->total, r->now);
		if (next == 0)
			continue;
		assert_true(next > r->now);
		/* Not before that time. */
		assert_int_equal(pace_allowance(&r->pace, next - 1), 0);
		r->now = next + (late > 0 ? rand() % late : 0);
		r->wakeups++;
	}
}

/* What crosses in ten seconds is within so many thousandths of the limit, and a byte. */
static void
check_ten_seconds(const struct reader *r, uint64_t before, uint64_t thousandths)
{
	const uint64_t due = 10 * r->pace.rate, slack = due / 1000 * thousandths + 2;

	assert_in_range(r->total - before, due - slack, due + slack);
}

static void
without_a_limit_all_may_cross(void **state)
{
	struct pace pace = {.rate = 0};

	(void)state;
	assert_true(pace_allowance(&pace, START) == SIZE_MAX);
	assert_int_equal(pace_count(&pace, UINT64_MAX / 2, START), 0);
	assert_true(pace_allowance(&pace, START) == SIZE_MAX);
}

static void
ten_seconds_are_within_one_percent(void **state)
{
	struct reader r;
	uint64_t before;

	(void)state;
	for (size_t i = 0; i < RATES; i++) {
		start(&r, rates[i]);
		read_until(&r, START + 10 * CLOCK_S, SIZE_MAX, 0);
		check_ten_seconds(&r, 0, 10);
		/* Nothing is at hand later that was not used up at the start. */
		before = r.total;
		read_until(&r, START + 20 * CLOCK_S, SIZE_MAX, 0);
		check_ten_seconds(&r, before, 10);
	}
}

static void
no_byte_drifts_away(void **state)
{
	struct reader r;

	(void)state;
	for (size_t i = 0; i < RATES; i++) {
		start(&r, rates[i]);
		read_until(&r, START + 1000 * CLOCK_S, SIZE_MAX, 0);
		assert_in_range(
		    r.total, 1000 * r.pace.rate, 1000 * r.pace.rate + r.pace.rate / 10 + 2);
	}
}

static void
wake_ups_that_are_late_cost_nothing(void **state)
{
	struct reader r;

	(void)state;
	for (size_t i = 0; i < RATES; i++) {
		start(&r, rates[i]);
		read_until(&r, START + 100 * CLOCK_S, SIZE_MAX, 30 * CLOCK_MS);
		assert_in_range(r.total, 100 * r.pace.rate - r.pace.rate / 10, 101 * r.pace.rate);
	}
}

static void
small_reads_are_as_fast(void **state)
{
	struct reader r;

	(void)state;
	for (size_t i = 0; rates[i] <= 100000; i++) {
		start(&r, rates[i]);
		read_until(&r, START + 10 * CLOCK_S, 3, 0);
		check_ten_seconds(&r, 0, 10);
	}
}

static void
there_are_at_most_a_hundred_wake_ups_a_second(void **state)
{
	struct reader r;

	(void)state;
	for (size_t i = 0; i < RATES; i++) {
		start(&r, rates[i]);
		read_until(&r, START + 10 * CLOCK_S, SIZE_MAX, 0);
		assert_in_range(r.wakeups, 10, 1001);
	}
}

static void
a_low_limit_is_smooth(void **state)
{
	struct reader r;

	(void)state;
	start(&r, 100);
	read_until(&r, START + 10 * CLOCK_S, SIZE_MAX, 0);
	/* Five bytes every 50 ms. */
	assert_in_range(r.largest, 5, 10);
	assert_in_range(r.wakeups, 190, 210);
}

/* A stall is not made up for: what follows is at most 95 ms' worth, or a byte and 40 ms'. */
static void
a_stall_is_followed_by_a_small_burst(void **state)
{
	struct reader r;
	uint64_t before;

	(void)state;
	for (size_t i = 0; i < RATES; i++) {
		start(&r, rates[i]);
		read_until(&r, START + CLOCK_S, SIZE_MAX, 0);
		r.now += 1000 * CLOCK_S;
		assert_in_range(pace_allowance(&r.pace, r.now), 1, r.pace.rate * 95 / 1000 + 2);
		before = r.total;
		read_until(&r, r.now + 10 * CLOCK_S, SIZE_MAX, 0);
		check_ten_seconds(&r, before, 10);
	}
}

/* A message is read whole, however long. */
static void
a_debt_is_waited_for(void **state)
{
	struct pace pace = {.rate = 100};
	int64_t next;

	(void)state;
	assert_in_range(pace_allowance(&pace, START), 1, 10);
	next = pace_count(&pace, 65507, START);
	assert_in_range(next - START, 654 * CLOCK_S, 656 * CLOCK_S);
	/* Looking does not shorten the wait. */
	for (int64_t now = START; now < next; now += CLOCK_S) {
		assert_int_equal(pace_allowance(&pace, now), 0);
		assert_in_range(pace_count(&pace, 65507, now), next - 1, next + 1);
	}
	assert_in_range(pace_allowance(&pace, next), 1, 10);
}

static void
a_trickle_below_the_limit_does_not_wait(void **state)
{
	struct pace pace = {.rate = 1000};
	uint64_t total = 0;

	(void)state;
	(void)pace_allowance(&pace, START - 100 * CLOCK_MS);
	for (int64_t now = START; now < START + 10 * CLOCK_S; now += 10 * CLOCK_MS) {
		assert_true(pace_allowance(&pace, now) >= 5);
		assert_int_equal(pace_count(&pace, total += 5, now), 0);
	}
}

static void
the_start_is_no_burst(void **state)
{
	struct pace pace = {.rate = 1000000};

	(void)state;
	assert_in_range(pace_allowance(&pace, START), 1, 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_a_limit_all_may_cross),
	    cmocka_unit_test(the_start_is_no_burst),
	    cmocka_unit_test(ten_seconds_are_within_one_percent),
	    cmocka_unit_test(no_byte_drifts_away),
	    cmocka_unit_test(wake_ups_that_are_late_cost_nothing),
	    cmocka_unit_test(small_reads_are_as_fast),
	    cmocka_unit_test(there_are_at_most_a_hundred_wake_ups_a_second),
	    cmocka_unit_test(a_low_limit_is_smooth),
	    cmocka_unit_test(a_stall_is_followed_by_a_small_burst),
	    cmocka_unit_test(a_debt_is_waited_for),
	    cmocka_unit_test(a_trickle_below_the_limit_does_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
