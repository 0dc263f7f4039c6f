/* Lanes with a limit on bytes a second, between real sockets, by a clock that the tests move. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "codec/crlf.h"
#include "codec/visible.h"
#include "net/socket.h"
#include "pump/lane.h"

#define START (INT64_C(98765) * CLOCK_S)
#define SPACE ((size_t)1 << 20)

/* A lane between two sockets; what is written to "to" comes out at "from". */
struct road {
	struct lane lane;
	struct stream source, sink;
	int to, from;
	char *out;
	size_t len; /* of out */
	int64_t now;
};

static int
open_pair(struct stream *end)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	stream_open(end, fds[0], false, "a socket");
	return fds[1];
}

static void
road_open(struct road *r, const struct lane_rules *rules, enum framing to, enum framing from)
{
	struct error error;

	*r = (struct road){.now = START, .out = malloc(SPACE)};
	r->to = open_pair(&r->source);
	r->from = open_pair(&r->sink);
	r->source.end.framing = to;
	r->sink.end.framing = from;
	assert_true(lane_start(&r->lane, &r->source.end, &r->sink.end, rules, &error));
}

static void
road_close(struct road *r)
{
	lane_stop(&r->lane);
	r->source.end.ops->close(&r->source.end, false);
	r->sink.end.ops->close(&r->sink.end, false);
	if (r->to != -1)
		close(r->to);
	close(r->from);
	free(r->out);
}

static void
say(const struct road *r, const char *text, size_t len)
{
	assert_int_equal(write(r->to, text, len), (ssize_t)len);
}

/* Steps as a pump does until a time, or the lane is over; the clock jumps to what is waited for. */
static void
drive(struct road *r, int64_t end)
{
	ssize_t n;

	while (!lane_over(&r->lane) && r->now < end) {
		const bool in = lane_wants_source(&r->lane, r->now);
		const bool on = lane_wants_sink(&r->lane, r->now);
		const int64_t deadline = lane_deadline(&r->lane);
		struct pollfd fds[2] = {end_poll_in(&r->source.end), end_poll_out(&r->sink.end)};

		fds[0].fd = in ? fds[0].fd : -1;
		fds[1].fd = on ? fds[1].fd : -1;
		if (poll(fds, 2, 0) == 0 && deadline > r->now)
			r->now = clock_min(deadline, end);
		(void)lane_step(&r->lane,
		    (struct lane_events){
			.polled = in, .source = fds[0].revents != 0, .sink = fds[1].revents != 0},
		    r->now);
		while ((n = recv(r->from, r->out + r->len, SPACE - r->len, MSG_DONTWAIT)) > 0)
			r->len += (size_t)n;
	}
}

/* What has come out after each of ten seconds, when there is enough to say. */
static void
check_rate(const struct lane_rules *rules, size_t rate, bool bulk)
{
	static char text[SPACE];
	struct road r;

	road_open(&r, rules, FRAMING_NONE, FRAMING_NONE);
	r.lane.bulk = bulk;
	assert_int_equal(fcntl(r.to, F_SETFL, O_NONBLOCK), 0);
	for (int64_t s = 1; s <= 10; s++) {
		(void)!write(r.to, text, SPACE / 16);
		drive(&r, START + s * CLOCK_S);
		assert_in_range(r.len, (size_t)s * rate - rate / 10, (size_t)s * rate + rate / 10);
	}
	road_close(&r);
}

static void
a_lane_keeps_to_its_limit(void **state)
{
	(void)state;
	check_rate(&(struct lane_rules){.rate = 100, .copy = true}, 100, false);
	check_rate(&(struct lane_rules){.rate = 20000, .copy = true}, 20000, true);
}

static void
a_splicing_lane_keeps_to_its_limit(void **state)
{
	(void)state;
	check_rate(&(struct lane_rules){.rate = 100}, 100, true);
	check_rate(&(struct lane_rules){.rate = 20000}, 20000, true);
}

static void
a_lane_without_a_limit_does_not_wait(void **state)
{
	const struct lane_rules rules = {0};
	struct road r;
	char text[SPACE / 16] = "";

	(void)state;
	road_open(&r, &rules, FRAMING_NONE, FRAMING_NONE);
	say(&r, text, sizeof(text));
	drive(&r, START + 1);
	assert_int_equal(r.len, sizeof(text));
	road_close(&r);
}

/* It does not ask poll, nor look as if the source had nothing. */
static void
a_lane_that_waits_is_not_quiet(void **state)
{
	const struct lane_rules rules = {.rate = 100};
	struct road r;

	(void)state;
	road_open(&r, &rules, FRAMING_NONE, FRAMING_NONE);
	say(&r, "0123456789abcdefghijklmnopqrstuvwxyz", 36);
	drive(&r, START + 1);
	assert_in_range(r.len, 1, 10);
	assert_false(lane_wants_source(&r.lane, r.now));
	assert_false(lane_is_quiet(&r.lane));
	assert_in_range(lane_deadline(&r.lane), r.now + 1, r.now + 100 * CLOCK_MS);
	assert_int_equal(lane_paused_until(&r.lane), lane_deadline(&r.lane));
	(void)lane_step(&r.lane, (struct lane_events){0}, r.now);
	assert_false(lane_is_quiet(&r.lane));
	drive(&r, START + CLOCK_S);
	assert_int_equal(r.len, 36);
	assert_true(lane_is_quiet(&r.lane));
	road_close(&r);
}

static void
without_its_limit_a_lane_reads_the_rest_at_once(void **state)
{
	const struct lane_rules rules = {.rate = 100};
	struct road r;

	(void)state;
	road_open(&r, &rules, FRAMING_NONE, FRAMING_NONE);
	say(&r, "0123456789abcdefghijklmnopqrstuvwxyz", 36);
	drive(&r, START + 1);
	assert_in_range(r.len, 1, 10);
	lane_lift_limit(&r.lane);
	drive(&r, START + 2);
	assert_int_equal(r.len, 36);
	road_close(&r);
}

/* What the limit counts: CRLF has two bytes at the sink, and a frame has its mark. */
static void
a_limit_counts_what_crosses_its_side(void **state)
{
	struct crlf crlf;
	struct lane_rules rules = {.rate = 100, .transforms = &crlf.transform};
	struct road r;
	char lines[600];

	(void)state;
	memset(lines, '\n', sizeof(lines));
	for (int sink = 0; sink < 2; sink++) {
		crlf_start(&crlf);
		rules.rate_of_sink = sink;
		road_open(&r, &rules, FRAMING_NONE, FRAMING_NONE);
		say(&r, lines, sizeof(lines));
		drive(&r, START + 5 * CLOCK_S);
		if (sink)
			assert_in_range(r.len, 490, 520);
		else
			assert_in_range(r.len, 980, 1040);
		road_close(&r);
	}
}

/* A frame is not split: what it is too long is waited for. */
static void
frames_are_sent_whole_and_paid_for(void **state)
{
	const struct lane_rules rules = {.rate = 100, .rate_of_sink = true};
	static const char frame[104] = {0, 0, 0, 100};
	struct road r;

	(void)state;
	road_open(&r, &rules, FRAMING_FRAMES, FRAMING_FRAMES);
	for (int i = 0; i < 12; i++)
		say(&r, frame, sizeof(frame));
	drive(&r, START + 10 * CLOCK_S);
	assert_int_equal(r.len % sizeof(frame), 0);
	assert_in_range(r.len, 936, 1144);
	road_close(&r);
}

/* Whether the end of a stream brings out what the transform has kept back. */
static void
check_end(const char *text, const char *expected)
{
	struct visible visible;
	const struct lane_rules rules = {.transforms = &visible.transform};
	struct road r;

	visible_start(&visible, false);
	road_open(&r, &rules, FRAMING_NONE, FRAMING_NONE);
	say(&r, text, strlen(text));
	drive(&r, START + 1);
	assert_in_range(r.len, 0, strlen(expected) - 1);
	close(r.to);
	r.to = -1;
	drive(&r, START + CLOCK_S);
	assert_int_equal(r.lane.state, LANE_FINISHED);
	assert_int_equal(r.len, strlen(expected));
	assert_memory_equal(r.out, expected, r.len);
	road_close(&r);
}

static void
the_end_of_a_stream_brings_out_what_was_kept_back(void **state)
{
	(void)state;
	check_end("text\r", "text\\015");
	check_end("\xf0\x9f\x98", "\\360\\237\\230");
}

/* A reset, after which there is nothing to read but the error. */
static void
so_does_an_error(void **state)
{
	struct visible visible;
	const struct lane_rules rules = {.transforms = &visible.transform};
	struct road r;

	(void)state;
	visible_start(&visible, false);
	road_open(&r, &rules, FRAMING_NONE, FRAMING_NONE);
	say(&r, "text\xc3", 5);
	drive(&r, START + 1);
	assert_int_equal(r.len, 4);
	/* Its peer has not read this: a reset. */
	assert_int_equal(send(r.source.end.in, "x", 1, 0), 1);
	close(r.to);
	r.to = -1;
	drive(&r, START + CLOCK_S);
	assert_int_equal(r.lane.state, LANE_BROKEN);
	assert_ptr_equal(r.lane.culprit, &r.source.end);
	assert_int_equal(r.len, 8);
	assert_memory_equal(r.out, "text\\303", 8);
	road_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_lane_keeps_to_its_limit),
	    cmocka_unit_test(a_splicing_lane_keeps_to_its_limit),
	    cmocka_unit_test(a_lane_without_a_limit_does_not_wait),
	    cmocka_unit_test(a_lane_that_waits_is_not_quiet),
	    cmocka_unit_test(without_its_limit_a_lane_reads_the_rest_at_once),
	    cmocka_unit_test(a_limit_counts_what_crosses_its_side),
	    cmocka_unit_test(frames_are_sent_whole_and_paid_for),
	    cmocka_unit_test(the_end_of_a_stream_brings_out_what_was_kept_back),
	    cmocka_unit_test(so_does_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
