/* What goes to several readers, each at its own speed. */
#include "net/fanout.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WINDOW ((size_t)16 << 20)
#define PATIENCE (1 * CLOCK_S)

struct listener {
	struct fanout_reader reader;
	struct fanout *fanout;
	bool dropped;
};

static void
drop(void *arg)
{
	struct listener *l = arg;

	l->dropped = true;
	fanout_leave(l->fanout, &l->reader);
}

static void
join(struct fanout *f, struct listener *l)
{
	*l = (struct listener){.fanout = f};
	fanout_join(f, &l->reader, drop, l);
}

/* Takes up to most bytes, and returns how many there were. They go to text, if there is one. */
static size_t
take(struct listener *l, char *text, size_t most)
{
	struct iovec parts[2];
	size_t count, taken = 0;

	while (taken < most && (count = fanout_next(l->fanout, &l->reader, parts)) > 0) {
		const size_t left = most - taken;
		const size_t size = parts[0].iov_len < left ? parts[0].iov_len : left;

		if (text != NULL)
			memcpy(text + taken, parts[0].iov_base, size);
		fanout_took(l->fanout, &l->reader, size);
		taken += size;
	}
	return taken;
}

static void
hears(struct listener *l, const char *expected)
{
	char text[256];
	const size_t len = take(l, text, sizeof(text));

	assert_int_equal(len, strlen(expected));
	assert_memory_equal(text, expected, len);
	assert_true(fanout_empty(l->fanout, &l->reader));
}

static void
say(struct fanout *f, const struct fanout_reader *except, const char *text)
{
	assert_true(fanout_open(f, 0));
	assert_true(fanout_put(f, except, text, strlen(text)));
}

/* Puts in pieces until no more are taken. Returns how many bytes that was. */
static size_t
fill(struct fanout *f, int64_t now)
{
	static const char piece[FANOUT_PIECE];
	size_t bytes = 0;

	while (fanout_open(f, now)) {
		assert_true(fanout_put(f, NULL, piece, sizeof(piece)));
		bytes += sizeof(piece);
		assert_true(bytes <= WINDOW);
	}
	return bytes;
}

static void
all_get_everything_from_when_they_came(void **state)
{
	struct fanout f = {0};
	struct listener one, two;

	(void)state;
	join(&f, &one);
	say(&f, NULL, "first ");
	join(&f, &two);
	say(&f, NULL, "second");
	hears(&one, "first second");
	hears(&two, "second");
	fanout_free(&f);
}

static void
what_a_doubtful_reader_took_is_kept_for_the_next(void **state)
{
	struct fanout f = {0};
	struct listener gone, next, later;

	(void)state;
	join(&f, &gone);
	say(&f, NULL, "before ");
	hears(&gone, "before ");
	fanout_doubt(&f, &gone.reader, true);
	say(&f, NULL, "lost");
	hears(&gone, "lost");
	fanout_leave(&f, &gone.reader);
	join(&f, &next);
	hears(&next, "lost");
	fanout_leave(&f, &next.reader);
	join(&f, &later);
	hears(&later, "");
	fanout_free(&f);
}

static void
what_a_reader_took_that_is_there_is_not_kept(void **state)
{
	struct fanout f = {0};
	struct listener there, next;

	(void)state;
	join(&f, &there);
	fanout_doubt(&f, &there.reader, true);
	say(&f, NULL, "heard");
	hears(&there, "heard");
	fanout_doubt(&f, &there.reader, false);
	fanout_leave(&f, &there.reader);
	join(&f, &next);
	hears(&next, "");
	say(&f, NULL, "more");
	hears(&next, "more");
	fanout_free(&f);
}

static void
who_speaks_does_not_hear_himself(void **state)
{
	struct fanout f = {0};
	struct listener one, two;

	(void)state;
	join(&f, &one);
	join(&f, &two);
	say(&f, &one.reader, "from one, ");
	say(&f, &two.reader, "from two");
	assert_false(fanout_empty(&f, &one.reader));
	hears(&one, "from two");
	hears(&two, "from one, ");
	fanout_free(&f);
}

static void
a_piece_may_be_taken_in_parts_while_the_window_grows(void **state)
{
	struct fanout f = {0};
	struct listener slow;
	char text[8];

	(void)state;
	join(&f, &slow);
	say(&f, NULL, "0123456789");
	assert_int_equal(take(&slow, text, 4), 4);
	assert_memory_equal(text, "0123", 4);
	(void)fill(&f, 0);
	assert_int_equal(take(&slow, text, 6), 6);
	assert_memory_equal(text, "456789", 6);
	fanout_free(&f);
}

/* The circle is gone round many times, with pieces that do not divide it. */
static void
nothing_is_lost_on_the_way_round(void **state)
{
	struct fanout f = {0};
	struct listener one;
	char piece[1001], got[1001];

	(void)state;
	join(&f, &one);
	for (int i = 0; i < 2000; i++) {
		memset(piece, 'a' + i % 26, sizeof(piece));
		assert_true(fanout_open(&f, 0));
		assert_true(fanout_put(&f, NULL, piece, sizeof(piece)));
		if (i < 100)
			continue;
		memset(piece, 'a' + (i - 100) % 26, sizeof(piece));
		assert_int_equal(take(&one, got, sizeof(got)), sizeof(got));
		assert_memory_equal(got, piece, sizeof(got));
	}
	assert_true(f.size < WINDOW);
	fanout_free(&f);
}

static void
who_takes_nothing_is_dropped_when_others_wait(void **state)
{
	struct fanout f = {0};
	struct listener stalled, quick;

	(void)state;
	join(&f, &stalled);
	join(&f, &quick);
	(void)fill(&f, 5);
	(void)take(&quick, NULL, WINDOW);
	assert_false(fanout_open(&f, 5));
	assert_true(fanout_deadline(&f) == 5 + PATIENCE);
	fanout_shed(&f, 5 + PATIENCE - 1);
	assert_false(stalled.dropped);
	fanout_shed(&f, 5 + PATIENCE);
	assert_true(stalled.dropped);
	assert_false(quick.dropped);
	assert_true(fanout_open(&f, 5 + PATIENCE));
	assert_true(fanout_deadline(&f) == CLOCK_NEVER);
	fanout_free(&f);
}

static void
nobody_is_dropped_when_nobody_waits(void **state)
{
	struct fanout f = {0};
	struct listener one, two;

	(void)state;
	join(&f, &one);
	join(&f, &two);
	(void)fill(&f, 0);
	(void)take(&two, NULL, WINDOW / 4);
	fanout_shed(&f, PATIENCE);
	fanout_shed(&f, 3 * PATIENCE);
	assert_false(one.dropped);
	assert_false(two.dropped);
	assert_false(fanout_open(&f, 3 * PATIENCE));
	fanout_free(&f);
}

static void
who_spoke_last_is_not_somebody_who_waits(void **state)
{
	struct fanout f = {0};
	struct listener speaker, slow;

	(void)state;
	join(&f, &speaker);
	join(&f, &slow);
	(void)fill(&f, 0);
	(void)take(&speaker, NULL, WINDOW);
	f.last_writer = &speaker.reader;
	fanout_shed(&f, PATIENCE);
	assert_false(slow.dropped);
	fanout_leave(&f, &speaker.reader);
	assert_null(f.last_writer);
	fanout_free(&f);
}

/* Wherever somebody stops, either the fanout opens or he is dropped: it does not stand still. */
static void
it_never_stands_still(void **state)
{
	for (size_t taken = WINDOW / 2 - 2 * FANOUT_PIECE; taken < WINDOW / 2 + 4 * FANOUT_PIECE;
	     taken += FANOUT_PIECE / 8) {
		struct fanout f = {0};
		struct listener stalled, quick;

		(void)state;
		join(&f, &stalled);
		join(&f, &quick);
		(void)fill(&f, 0);
		(void)take(&quick, NULL, WINDOW);
		(void)take(&stalled, NULL, taken);
		if (!fanout_open(&f, 0))
			fanout_shed(&f, PATIENCE);
		assert_true(fanout_open(&f, PATIENCE));
		fanout_free(&f);
	}
}

/* Pieces that are put in without asking are refused when there is no room. */
static void
it_never_holds_more_than_its_window(void **state)
{
	static const char piece[1000];
	struct fanout f = {0};
	struct listener stalled;
	size_t bytes = 0;

	(void)state;
	join(&f, &stalled);
	while (fanout_put(&f, NULL, piece, sizeof(piece))) {
		bytes += sizeof(piece);
		assert_true(bytes <= WINDOW);
	}
	assert_int_equal(errno, ENOBUFS);
	assert_int_equal(f.size, WINDOW);
	assert_false(fanout_open(&f, 0));
	assert_int_equal(take(&stalled, NULL, SIZE_MAX), bytes);
	assert_true(fanout_open(&f, 0));
	fanout_free(&f);
}

/* When it is not open any more there is still room for a short word. */
static void
a_short_piece_fits_when_it_is_full(void **state)
{
	struct fanout f = {0};
	struct listener stalled;

	(void)state;
	join(&f, &stalled);
	(void)fill(&f, 0);
	assert_true(fanout_put(&f, NULL, "word", 4));
	fanout_free(&f);
}

static void
where_nobody_reads_nothing_is_kept(void **state)
{
	struct fanout f = {0};
	struct listener one;

	(void)state;
	join(&f, &one);
	(void)fill(&f, 0);
	fanout_leave(&f, &one.reader);
	assert_true(fanout_open(&f, 0));
	fanout_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_get_everything_from_when_they_came),
	    cmocka_unit_test(what_a_doubtful_reader_took_is_kept_for_the_next),
	    cmocka_unit_test(what_a_reader_took_that_is_there_is_not_kept),
	    cmocka_unit_test(who_speaks_does_not_hear_himself),
	    cmocka_unit_test(a_piece_may_be_taken_in_parts_while_the_window_grows),
	    cmocka_unit_test(nothing_is_lost_on_the_way_round),
	    cmocka_unit_test(who_takes_nothing_is_dropped_when_others_wait),
	    cmocka_unit_test(nobody_is_dropped_when_nobody_waits),
	    cmocka_unit_test(who_spoke_last_is_not_somebody_who_waits),
	    cmocka_unit_test(it_never_stands_still),
	    cmocka_unit_test(it_never_holds_more_than_its_window),
	    cmocka_unit_test(a_short_piece_fits_when_it_is_full),
	    cmocka_unit_test(where_nobody_reads_nothing_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
