/* Lanes between real sockets and pipes: transforms in a chain, taps, bytes given back. */
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
#include "net/datagram.h"
#include "net/pipes.h"
#include "net/socket.h"
#include "pump/lane.h"

#define SPACE ((size_t)4 << 20)

/* What a tap has seen: the bytes, if it was shown them, and after how many of them messages ended.
 */
struct record {
	struct tap tap;
	char *data;
	size_t len, unseen, ends[16], count;
};

static void
record_delivered(struct tap *tap, const char *data, size_t len)
{
	struct record *r = (struct record *)tap;

	if (data == NULL) {
		r->unseen += len;
		return;
	}
	assert_true(r->len + len <= SPACE);
	memcpy(r->data + r->len, data, len);
	r->len += len;
}

static void
record_message_end(struct tap *tap)
{
	struct record *r = (struct record *)tap;

	r->ends[r->count++] = r->len;
}

static void
record_start(struct record *r, bool needs_bytes)
{
	*r = (struct record){
	    .tap = {.needs_bytes = needs_bytes,
		.saw = record_delivered,
		.message_end = record_message_end},
	    .data = malloc(SPACE),
	};
}

/* Makes two bytes of each digit: it and its complement to nine. */
static size_t
pairs_apply(struct transform *transform, char *out, const char *in, size_t len)
{
	size_t used = 0;

	(void)transform;
	for (size_t i = 0; i < len; i++) {
		const char c = in[i];

		out[used++] = c;
		if (c >= '0' && c <= '9')
			out[used++] = (char)('9' - (c - '0'));
	}
	return used;
}

/* Two connected sockets, the first of them non-blocking and made an end. */
static int
open_pair(struct stream *end)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	stream_open(end, fds[0], false, "a socket");
	return fds[1];
}

/* Steps the lane as a pump does, and reads what comes out at fd, until it is over. */
static size_t
run(struct lane *lane, int fd, char *out)
{
	size_t len = 0;
	ssize_t n;

	while (!lane_over(lane)) {
		const int64_t now = clock_now();
		const bool in = lane_wants_source(lane, now), on = lane_wants_sink(lane, now);
		struct pollfd fds[3] = {end_poll_in(lane->source), end_poll_out(lane->sink),
		    {.fd = fd, .events = POLLIN}};

		fds[0].fd = in ? fds[0].fd : -1;
		fds[1].fd = on ? fds[1].fd : -1;
		assert_true(poll(fds, 3, clock_timeout(now, lane_deadline(lane))) >= 0);
		(void)lane_step(lane,
		    (struct lane_events){
			.polled = in, .source = fds[0].revents != 0, .sink = fds[1].revents != 0},
		    clock_now());
		while (len < SPACE && (n = recv(fd, out + len, SPACE - len, MSG_DONTWAIT)) > 0)
			len += (size_t)n;
	}
	assert_int_equal(lane->state, LANE_FINISHED);
	return len;
}

/* Runs a lane that carries text, said in one piece, and stops it. Returns what arrived. */
static size_t
carry(const struct lane_rules *rules, enum framing framing, const char *text, size_t len, char *out)
{
	struct stream source, sink;
	const int to = open_pair(&source), from = open_pair(&sink);
	struct lane lane;
	struct error error;
	size_t got;

	sink.end.framing = source.end.framing = framing;
	assert_int_equal(write(to, text, len), (ssize_t)len);
	close(to);
	assert_true(lane_start(&lane, &source.end, &sink.end, rules, &error));
	got = run(&lane, from, out);
	assert_int_equal(lane.taken, len);
	assert_int_equal(lane.delivered, got);
	lane_stop(&lane);
	source.end.ops->close(&source.end, false);
	sink.end.ops->close(&sink.end, false);
	close(from);
	return got;
}

static void
transforms_are_applied_one_after_the_other(void **state)
{
	struct transform pairs = {.apply = pairs_apply, .growth = 2};
	const struct lane_rules rules = {.transforms = &pairs};
	struct crlf first, last;
	char out[64], *buffer = malloc(SPACE);

	(void)state;
	crlf_start(&first);
	crlf_start(&last);
	first.transform.next = &pairs;
	assert_int_equal(transforms_size(NULL, 3), 3);
	assert_int_equal(transforms_size(&first.transform, 3), 12);
	/* The worst: each byte becomes four, in no more room than that. */
	memcpy(out + 9, "1\n2", 3);
	assert_int_equal(transforms_apply(&first.transform, out, out + 9, 3, false), 6);
	assert_memory_equal(out, "18\r\n27", 6);

	pairs.next = &last.transform;
	assert_int_equal(carry(&rules, FRAMING_NONE, "0\n99\r\n", 6, buffer), 10);
	assert_memory_equal(buffer, "09\r\n9090\r\n", 10);
	free(buffer);
}

/* A whole piece of what grows most, so that a byte too many would be seen by a sanitizer. */
static void
a_chain_has_room_for_the_worst(void **state)
{
	struct transform pairs = {.apply = pairs_apply, .growth = 2};
	struct transform again = {.apply = pairs_apply, .growth = 2, .next = &pairs};
	const struct lane_rules rules = {.transforms = &again};
	const size_t len = LANE_PIECE;
	char *text = malloc(len), *out = malloc(SPACE);

	(void)state;
	memset(text, '3', len);
	assert_int_equal(carry(&rules, FRAMING_NONE, text, len, out), 4 * len);
	for (size_t i = 0; i < 4 * len; i++)
		assert_int_equal(out[i], "3663"[i % 4]);
	free(text);
	free(out);
}

static void
a_tap_sees_what_was_delivered(void **state)
{
	struct record first, second;
	struct crlf crlf;
	const struct lane_rules rules = {.transforms = &crlf.transform, .sink_taps = &first.tap};
	char *out = malloc(SPACE);

	(void)state;
	crlf_start(&crlf);
	record_start(&first, true);
	record_start(&second, false);
	first.tap.next = &second.tap;
	assert_int_equal(carry(&rules, FRAMING_NONE, "one\ntwo\n", 8, out), 10);
	assert_int_equal(first.len, 10);
	assert_memory_equal(first.data, "one\r\ntwo\r\n", 10);
	assert_int_equal(second.len, 10);
	assert_int_equal(first.count, 0);
	free(first.data);
	free(second.data);
	free(out);
}

static void
a_tap_sees_where_messages_end(void **state)
{
	const char frames[] = "\0\0\0\3abc\0\0\0\0\0\0\0\1d";
	const size_t len = sizeof(frames) - 1;
	struct record r;
	const struct lane_rules rules = {.sink_taps = &r.tap};
	char *out = malloc(SPACE);

	(void)state;
	record_start(&r, true);
	assert_int_equal(carry(&rules, FRAMING_FRAMES, frames, len, out), len);
	assert_int_equal(r.len, len);
	assert_memory_equal(r.data, frames, len);
	assert_int_equal(r.count, 3);
	assert_int_equal(r.ends[0], 7);
	assert_int_equal(r.ends[1], 11);
	assert_int_equal(r.ends[2], 16);
	free(r.data);
	free(out);
}

/* Much, from a socket to a socket. Returns how many bytes the tap was not shown. */
static size_t
unseen(bool needs_bytes)
{
	struct record r;
	const struct lane_rules rules = {.sink_taps = &r.tap};
	const size_t len = (size_t)192 << 10;
	char *text = calloc(1, len), *out = malloc(SPACE);

	record_start(&r, needs_bytes);
	assert_int_equal(carry(&rules, FRAMING_NONE, text, len, out), len);
	assert_int_equal(r.len + r.unseen, len);
	free(r.data);
	free(text);
	free(out);
	return r.unseen;
}

static void
a_tap_that_only_counts_leaves_the_lane_splicing(void **state)
{
	struct stream end;
	const int other = open_pair(&end);

	(void)state;
	assert_int_equal(unseen(true), 0);
	/* Where anything can be spliced. */
	assert_int_equal(unseen(false) > 0, splicing_mover(&end.end, &end.end) != NULL);
	end.end.ops->close(&end.end, false);
	close(other);
}

static void
what_is_pushed_back_is_read_first(void **state)
{
	struct stream end;
	const int other = open_pair(&end);
	char got[8];
	size_t len = 0;

	(void)state;
	assert_int_equal(write(other, "fg", 2), 2);
	assert_false(end_ready(&end.end));
	assert_int_equal(end_splice_in(&end.end), SPLICEABLE_OTHER);
	assert_true(end_push_back(&end.end, "cde", 3));
	assert_true(end_push_back(&end.end, "ab", 2));
	assert_true(end_ready(&end.end));
	assert_int_equal(end_splice_in(&end.end), SPLICEABLE_NOT);
	for (size_t i = 0, part; i < 3; i++, len += part)
		assert_int_equal(end.end.ops->read(&end.end, got + len, 4, &part), IO_DONE);
	assert_int_equal(len, 7);
	assert_memory_equal(got, "abcdefg", 7);
	assert_false(end_ready(&end.end));
	assert_int_equal(end_splice_in(&end.end), SPLICEABLE_OTHER);
	end.end.ops->close(&end.end, false);
	close(other);
}

/* An end whose finish takes three turns. */
struct slow {
	struct stream stream;
	struct end_ops ops;
	const struct end_ops *plain;
	int turns;
};

static enum io
slow_finish(struct end *end)
{
	struct slow *slow = (struct slow *)end;

	return ++slow->turns < 3 ? IO_AGAIN : slow->plain->finish(end);
}

static void
finishing_takes_its_turns_and_waits_in_between(void **state)
{
	struct stream source;
	struct slow sink = {.turns = 0};
	const int to = open_pair(&source), from = open_pair(&sink.stream);
	const struct lane_rules rules = {0};
	const struct lane_events none = {0};
	struct lane lane;
	struct error error;
	char *out = malloc(SPACE);

	(void)state;
	sink.plain = sink.stream.end.ops;
	sink.ops = *sink.plain;
	sink.ops.finish = slow_finish;
	sink.stream.end.ops = &sink.ops;
	close(to);
	assert_true(lane_start(&lane, &source.end, &sink.stream.end, &rules, &error));
	assert_true(lane_step(&lane, (struct lane_events){.source = true}, clock_now()));
	assert_int_equal(lane.state, LANE_CLOSING);
	assert_true(lane_wants_sink(&lane, clock_now()));
	assert_int_equal(lane_deadline(&lane), CLOCK_NEVER);
	assert_false(lane_step(&lane, none, clock_now()));
	assert_int_equal(sink.turns, 1);
	assert_int_equal(run(&lane, from, out), 0);
	assert_int_equal(sink.turns, 3);
	assert_int_equal(read(from, out, 1), 0);
	lane_stop(&lane);
	source.end.ops->close(&source.end, false);
	sink.plain->close(&sink.stream.end, false);
	close(from);
	free(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(transforms_are_applied_one_after_the_other),
	    cmocka_unit_test(a_chain_has_room_for_the_worst),
	    cmocka_unit_test(a_tap_sees_what_was_delivered),
	    cmocka_unit_test(a_tap_sees_where_messages_end),
	    cmocka_unit_test(a_tap_that_only_counts_leaves_the_lane_splicing),
	    cmocka_unit_test(what_is_pushed_back_is_read_first),
	    cmocka_unit_test(finishing_takes_its_turns_and_waits_in_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
