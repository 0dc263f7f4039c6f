/* The line that tells how far a transfer is: rates, percent, time left, at any width. */
#include "mode/meter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/number.h"

#define KIB ((uint64_t)1024)
#define MIB (1024 * KIB)

/* Halfway through 200 MiB that are sent, and a little has come back. */
static const struct reading both = {
    .counted = true,
    .sent = 100 * MIB,
    .received = 34 * KIB,
    .rate_sent = 10 * MIB,
    .rate_received = 2 * KIB,
    .average_sent = 20 * MIB,
    .average_received = 1 * KIB,
    .duration = 5 * CLOCK_S,
    .size = 200 * MIB,
};

static void
assert_line(const struct reading *f, size_t width, const char *expected)
{
	char text[METER_LINE];

	assert_string_equal(meter_line(text, f, width), expected);
}

static void
assert_text(const struct reading *f, const char *expected)
{
	char text[METER_LINE];

	assert_string_equal(meter_text(text, f), expected);
}

static struct reading
one_way(uint64_t sent, uint64_t size)
{
	struct reading f = both;

	f.received = 0;
	f.sent = sent;
	f.size = size;
	return f;
}

static void
a_text_has_everything(void **state)
{
	struct reading f = one_way(100 * MIB, 0);

	(void)state;
	assert_text(&f, "sent 100 MiB, 10 MiB/s (average 20 MiB/s), 0:05");
	f.size = 200 * MIB;
	assert_text(&f, "sent 100 MiB, 10 MiB/s (average 20 MiB/s), 0:05, 50%, ETA 0:10");
	assert_text(&both, "sent 100 MiB, 10 MiB/s (average 20 MiB/s), received 34 KiB, "
			   "2.0 KiB/s (average 1.0 KiB/s), 0:05, 50%, ETA 0:10");
	f.many = true;
	f.size = 0;
	f.clients = 1;
	assert_text(&f, "1 client, sent 100 MiB, 10 MiB/s (average 20 MiB/s), 0:05");
	f.counted = false;
	f.clients = 3;
	assert_text(&f, "3 clients, 0:05");
	f.many = false;
	assert_text(&f, "connected, 0:05");
	f.waiting = "listening";
	assert_text(&f, "listening, 0:05");
}

static void
what_matters_least_is_left_out_first(void **state)
{
	(void)state;
	assert_line(&both, 130,
	    "sent 100 MiB,  10 MiB/s (average  20 MiB/s), received  34 KiB, 2.0 KiB/s "
	    "(average 1.0 KiB/s), 0:05,  50% [======>       ] ETA 0:10");
	assert_line(&both, 100,
	    "sent 100 MiB,  10 MiB/s, received  34 KiB, 2.0 KiB/s, 0:05,  50% "
	    "[===========>            ] ETA 0:10");
	assert_line(&both, 79,
	    "sent 100 MiB,  10 MiB/s, received  34 KiB, 2.0 KiB/s, 0:05,  50%, ETA 0:10");
	assert_line(
	    &both, 70, "sent 100 MiB,  10 MiB/s, received  34 KiB, 2.0 KiB/s,  50%, ETA 0:10");
	assert_line(&both, 60, "sent 100 MiB,  10 MiB/s, received  34 KiB, 2.0 KiB/s,  50%");
	assert_line(&both, 47, "sent 100M, 10M/s, received 34K, 2.0K/s,  50%");
	assert_line(&both, 39, "sent 100M, 10M/s, received 34K,  50%");
	assert_line(&both, 30, "sent 100M, 10M/s,  50%");
	assert_line(&both, 10, "sent 100M");
	assert_line(&both, 0, "");
}

static void
no_line_is_wider_than_the_width(void **state)
{
	static const uint64_t sizes[] = {0, 1, 1023, 999 * MIB, UINT64_MAX};
	char text[METER_LINE];
	struct reading f = both;

	(void)state;
	f.many = true;
	f.clients = 1234567;
	for (size_t width = 0; width < 300; width++)
		for (size_t i = 0; i < 5; i++)
			for (size_t k = 0; k < 5; k++) {
				f.sent = f.rate_sent = f.average_sent = sizes[i];
				f.received = sizes[4 - i];
				f.size = sizes[k];
				f.over = i == k;
				assert_true(strlen(meter_line(text, &f, width)) <= width);
			}
	f.waiting = "connecting to a host with a rather long name 12345";
	for (size_t width = 0; width < 300; width++)
		assert_true(strlen(meter_line(text, &f, width)) <= width);
	assert_true(strlen(meter_line(text, &f, METER_LINE + 5)) < METER_LINE);
}

static void
the_percentage_is_100_only_at_the_end(void **state)
{
	struct reading f = one_way(199 * MIB + MIB - 1, 200 * MIB);

	(void)state;
	assert_text(&f, "sent 200 MiB, 10 MiB/s (average 20 MiB/s), 0:05, 99%, ETA 0:00");
	f = one_way(200 * MIB, 200 * MIB);
	assert_text(&f, "sent 200 MiB, 10 MiB/s (average 20 MiB/s), 0:05, 100%, ETA 0:00");
	f = one_way(300 * MIB, 200 * MIB);
	assert_text(&f, "sent 300 MiB, 10 MiB/s (average 20 MiB/s), 0:05, 100%, ETA 0:00");
	f = one_way(0, 200 * MIB);
	assert_text(&f, "0 B, 10 MiB/s (average 20 MiB/s), 0:05, 0%, ETA 0:20");
}

static void
what_is_received_can_be_expected_too(void **state)
{
	struct reading f = both;

	(void)state;
	f.sent = 0;
	f.size = 68 * KIB;
	f.size_received = true;
	assert_text(&f, "received 34 KiB, 2.0 KiB/s (average 1.0 KiB/s), 0:05, 50%, ETA 0:17");
}

static void
without_a_rate_the_time_left_is_unknown(void **state)
{
	struct reading f = both;

	(void)state;
	f.received = 0;
	f.rate_sent = 0;
	assert_text(&f, "sent 100 MiB, 0 B/s (average 20 MiB/s), 0:05, 50%, ETA -:--");
	f.rate_sent = 1;
	f.size = UINT64_MAX;
	assert_text(&f, "sent 100 MiB, 1 B/s (average 20 MiB/s), 0:05, 0%, ETA -:--");
}

static void
the_last_line_has_the_rate_of_the_whole_time(void **state)
{
	struct reading f = one_way(200 * MIB, 200 * MIB);

	(void)state;
	f.over = true;
	assert_text(&f, "sent 200 MiB, 20 MiB/s, 0:05, 100%");
	assert_line(&f, 50, "sent 200 MiB,  20 MiB/s, 0:05, 100% [============]");
}

/* So many times 200 ms in which something is sent, or not. */
static int64_t
pass(struct meter *m, struct reading *f, int64_t now, int times, uint64_t step)
{
	for (int i = 0; i < times; i++) {
		now += 200 * CLOCK_MS;
		f->sent += step;
		meter_take(m, now, f);
	}
	return now;
}

static void
a_rate_is_that_of_the_last_seconds(void **state)
{
	struct reading f = {.counted = true};
	struct meter m;
	int64_t now = 1000 * CLOCK_S;

	(void)state;
	meter_start(&m, now);
	meter_take(&m, now, &f);
	assert_int_equal(f.rate_sent, 0);
	now = pass(&m, &f, now, 5, 100);
	assert_int_equal(f.rate_sent, 500);
	assert_int_equal(f.average_sent, 500);
	now = pass(&m, &f, now, 45, 100);
	assert_int_equal(f.rate_sent, 500);
	now = pass(&m, &f, now, 10, 0);
	assert_true(f.rate_sent > 100 && f.rate_sent < 300);
	now = pass(&m, &f, now, 5, 0);
	assert_int_equal(f.rate_sent, 0);
	assert_int_equal(f.rate_received, 0);
	assert_int_equal(f.average_sent, 5000 / 13);
	assert_int_equal(f.duration, 13 * CLOCK_S);
	/* Asked now and then, without a timer. */
	f.sent += 1000;
	meter_take(&m, now + 100 * CLOCK_S, &f);
	assert_int_equal(f.rate_sent, 10);
}

static void
many_questions_at_once_do_no_harm(void **state)
{
	struct reading f = {.counted = true, .sent = 0};
	struct meter m;
	int64_t now = 1000 * CLOCK_S;

	(void)state;
	meter_start(&m, now);
	now = pass(&m, &f, now, 20, 100);
	for (int i = 0; i < 1000; i++)
		meter_take(&m, now += CLOCK_MS / 100, &f);
	assert_in_range(f.rate_sent, 490, 510);
}

static void
sizes_and_times_are_short(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text, *brief;
	} rows[] = {
	    {0, "0 B", "0"},
	    {999, "999 B", "999"},
	    {1000, "1.0 KiB", "1.0K"},
	    {1536, "1.5 KiB", "1.5K"},
	    {10 * KIB, "10 KiB", "10K"},
	    {123 * MIB, "123 MiB", "123M"},
	    {1023 * MIB, "1.0 GiB", "1.0G"},
	    {UINT64_MAX, "8.0 EiB", "8.0E"},
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_string_equal(size_text(text, rows[i].bytes), rows[i].text);
		assert_string_equal(size_text_short(text, rows[i].bytes), rows[i].brief);
	}
	assert_string_equal(elapsed_text(text, 0), "0:00");
	assert_string_equal(elapsed_text(text, 59 * CLOCK_S + 999 * CLOCK_MS), "0:59");
	assert_string_equal(elapsed_text(text, 3599 * CLOCK_S), "59:59");
	assert_string_equal(elapsed_text(text, 100 * 3600 * CLOCK_S + 61 * CLOCK_S), "100:01:01");
	assert_string_equal(elapsed_text(text, CLOCK_NEVER), "-:--");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_text_has_everything),
	    cmocka_unit_test(what_matters_least_is_left_out_first),
	    cmocka_unit_test(no_line_is_wider_than_the_width),
	    cmocka_unit_test(the_percentage_is_100_only_at_the_end),
	    cmocka_unit_test(what_is_received_can_be_expected_too),
	    cmocka_unit_test(without_a_rate_the_time_left_is_unknown),
	    cmocka_unit_test(the_last_line_has_the_rate_of_the_whole_time),
	    cmocka_unit_test(a_rate_is_that_of_the_last_seconds),
	    cmocka_unit_test(many_questions_at_once_do_no_harm),
	    cmocka_unit_test(sizes_and_times_are_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
