/* Captures: packets as if they had crossed a wire. */
#include "capture.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "codec/pcapng.h"

static struct address
ip(const char *text, uint16_t port)
{
	struct address a = {.len = sizeof(a.to.ip4)};

	a.to.ip4.sin_family = AF_INET;
	if (inet_pton(AF_INET, text, &a.to.ip4.sin_addr) != 1) {
		a.len = sizeof(a.to.ip6);
		a.to.ip6.sin6_family = AF_INET6;
		assert_int_equal(inet_pton(AF_INET6, text, &a.to.ip6.sin6_addr), 1);
	}
	address_set_port(&a, port);
	return a;
}

/* A socket of that kind, bound to this host. */
static int
socket_at(const char *host, int type)
{
	const struct address here = ip(host, 0);
	const int fd = socket(address_family(&here), type, 0);

	assert_int_equal(bind(fd, &here.to.any, here.len), 0);
	return fd;
}

static void
give(struct tap *tap, const char *data, size_t len)
{
	taps_saw(tap, &(struct iovec){(char *)(uintptr_t)data, len}, len);
}

static char *
noise(size_t len)
{
	char *data = malloc(len);
	uint32_t number = 1;

	for (size_t i = 0; i < len; i++)
		data[i] = (char)((number = number * 1664525 + 1013904223) >> 24);
	return data;
}

/* Both directions of a connection, in pieces of all sizes. near_end: of the sequence numbers. */
static void
connection(const char *host, bool listens, bool near_end)
{
	const struct address peer = ip(host, 1234);
	const int fd = socket_at(host, SOCK_STREAM);
	const size_t len = 3000000;
	char *data = noise(len);
	struct seen_file f;
	struct taken t;

	take(&t, SOCK_STREAM, listens, fd, &peer);
	if (near_end)
		take_skewed(&t, UINT32_MAX - t.capture.ours.next - 100000);
	for (size_t at = 0, size = 1; at < len; at += size, size = size * 3 + 1) {
		size = size < len - at ? size : len - at;
		give(&t.capture.sent, data + at, size);
		give(&t.capture.received, data + at, size);
	}
	taps_ended(&t.capture.received, false);
	give(&t.capture.sent, "the last", 8);
	taps_ended(&t.capture.sent, false);
	taken(&t, &f);
	assert_int_equal(f.received.len, len);
	assert_memory_equal(f.received.data, data, len);
	assert_int_equal(f.sent.len, len + 8);
	assert_memory_equal(f.sent.data, data, len);
	assert_true(f.sent.finished && f.received.finished && !f.reset);
	seen_free(&f);
	free(data);
	close(fd);
}

static void
a_connection_is_in_the_file(void **state)
{
	(void)state;
	connection("127.0.0.1", true, false);
	connection("127.0.0.1", false, false);
	connection("::1", true, false);
	connection("::1", false, false);
}

static void
sequence_numbers_begin_again_after_4_gib(void **state)
{
	(void)state;
	connection("127.0.0.1", true, true);
	connection("::1", false, true);
}

/* A handshake, a FIN of each side, and the last one is acknowledged, too. */
static void
a_connection_without_data_is_six_packets(void **state)
{
	const struct address peer = ip("127.0.0.1", 1234);
	const int fd = socket_at("127.0.0.1", SOCK_STREAM);
	struct seen_file f;
	struct taken t;

	(void)state;
	take(&t, SOCK_STREAM, true, fd, &peer);
	taps_ended(&t.capture.sent, false);
	taps_ended(&t.capture.received, false);
	taken(&t, &f);
	assert_int_equal(f.packets, 6);
	assert_int_equal(f.acks, 2);
	assert_false(f.reset);
	seen_free(&f);
	close(fd);
}

/* What is sent only one way is acknowledged before the window is full. */
static void
the_window_is_never_full(void **state)
{
	const struct address peer = ip("127.0.0.1", 1234);
	const int fd = socket_at("127.0.0.1", SOCK_STREAM);
	char *data = noise(PACKET_WINDOW);
	struct seen_file f;
	struct taken t;

	(void)state;
	take(&t, SOCK_STREAM, true, fd, &peer);
	for (size_t i = 0; i < 1000; i++) {
		give(&t.capture.sent, data, i * 131 % PACKET_WINDOW + 1);
		assert_true(t.capture.ours.next - t.capture.ours.acked < PACKET_WINDOW);
	}
	taken(&t, &f);
	assert_true(f.acks > 500);
	seen_free(&f);
	free(data);
	close(fd);
}

/* Who has broken a connection resets it, and nothing comes after that. */
static void
what_is_broken_is_reset(void **state)
{
	const struct address peer = ip("127.0.0.1", 1234);
	const int fd = socket_at("127.0.0.1", SOCK_STREAM);
	struct seen_file f;
	struct taken t;

	(void)state;
	for (int n = 0; n < 4; n++) {
		take(&t, SOCK_STREAM, true, fd, &peer);
		give(&t.capture.sent, "x", 1);
		if (n % 2 == 0)
			t.end.error.number = 1;
		if (n < 2)
			taps_ended(n == 0 ? &t.capture.received : &t.capture.sent, true);
		give(&t.capture.received, "y", n < 2 ? 1 : 0);
		taken(&t, &f);
		assert_true(f.reset);
		assert_int_equal(f.packets, 5);
		assert_int_equal(f.received.len, 0);
		seen_free(&f);
	}
	close(fd);
}

static void
datagrams(const char *host)
{
	static const size_t sizes[] = {0, 1, 2, 3, 1500, 0, 0, 65507};
	const size_t count = sizeof(sizes) / sizeof(sizes[0]);
	const struct address peer = ip(host, 1234);
	const int fd = socket_at(host, SOCK_DGRAM);
	char *data = noise(65507);
	struct seen_file f;
	struct taken t;

	take(&t, SOCK_DGRAM, true, fd, &peer);
	for (size_t i = 0; i < count; i++) {
		give(&t.capture.received, data, sizes[i]);
		taps_message_end(&t.capture.received);
		give(&t.capture.sent, data, sizes[count - 1 - i]);
		taps_message_end(&t.capture.sent);
	}
	taps_ended(&t.capture.received, true);
	taken(&t, &f);
	assert_int_equal(f.packets, 2 * count);
	assert_int_equal(f.received.datagrams, count);
	assert_int_equal(f.sent.datagrams, count);
	assert_int_equal(f.received.last, 65507);
	assert_int_equal(f.sent.last, 0);
	assert_int_equal(f.sent.len, 65507 + 1500 + 6);
	assert_string_equal(f.comment,
	    "Packets made up by strait: only addresses, ports, times and data are true.");
	seen_free(&f);
	free(data);
	close(fd);
}

static void
each_datagram_is_a_packet(void **state)
{
	(void)state;
	datagrams("127.0.0.1");
	datagrams("::1");
}

static void
unix_sockets_are_told_by_their_path(void **state)
{
	struct address path = {0};
	const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	char *data = noise(200000);
	struct seen_file f;
	struct taken t;
	size_t max;

	(void)state;
	assert_true(address_local(&path, "/run/a\nb", &max));
	take(&t, SOCK_STREAM, false, fd, &path);
	taken(&t, &f);
	assert_string_equal(f.comment, "unix socket /run/a\\nb");
	seen_free(&f);
	/* What is too long for UDP becomes several packets. */
	take(&t, SOCK_DGRAM, false, fd, &path);
	give(&t.capture.sent, data, 200000);
	taps_message_end(&t.capture.sent);
	taken(&t, &f);
	assert_int_equal(f.packets, 4);
	assert_int_equal(f.sent.len, 200000);
	assert_memory_equal(f.sent.data, data, 200000);
	assert_string_equal(f.comment, "part 4 of 4 of a datagram of 200000 bytes");
	seen_free(&f);
	free(data);
	close(fd);
}

/* RFC 768: a checksum that is computed as zero is transmitted as all ones. */
static void
a_udp_checksum_of_zero_is_written_as_ones(void **state)
{
	const struct address a = ip("127.0.0.1", 1), b = ip("127.0.0.2", 2);
	struct packet p = {.from = &a, .to = &b, .datagram = true, .len = 2};
	unsigned char out[PACKET_MAX], data[2] = {0};

	(void)state;
	p.data = data;
	assert_int_equal(packet_make(out, &p), 30);
	/* With its own checksum in the data, all words together are 0xffff. */
	memcpy(data, out + 26, 2);
	assert_int_equal(packet_make(out, &p), 30);
	assert_int_equal(big(out + 26, 2), 0xffff);
}

/* Texts that are too long are cut, and the block stays right. */
static void
a_comment_is_cut(void **state)
{
	char text[PCAPNG_COMMENT + 100], *block = calloc(1, PCAPNG_BEFORE + 48 + PCAPNG_BEHIND);
	struct seen_file f = {0};
	char start[PCAPNG_START];
	const struct address a = ip("::1", 1);
	const struct packet p = {.from = &a, .to = &a, .datagram = true, .data = "", .len = 0};
	size_t len;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	len = pcapng_start(start, text, text);
	assert_in_range(len, 1, sizeof(start));
	see_file(&f, (unsigned char *)start, len);
	len = pcapng_packet(block, packet_make(block + PCAPNG_BEFORE, &p),
	    &(struct pcapng_packet){.comment = text});
	assert_in_range(len, 1, PCAPNG_BEFORE + 48 + PCAPNG_BEHIND);
	see_packet(&f, (unsigned char *)block, (unsigned char *)block + len - 4);
	assert_int_equal(strlen(f.comment), PCAPNG_COMMENT);
	free(block);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_connection_is_in_the_file),
	    cmocka_unit_test(sequence_numbers_begin_again_after_4_gib),
	    cmocka_unit_test(a_connection_without_data_is_six_packets),
	    cmocka_unit_test(the_window_is_never_full),
	    cmocka_unit_test(what_is_broken_is_reset),
	    cmocka_unit_test(each_datagram_is_a_packet),
	    cmocka_unit_test(unix_sockets_are_told_by_their_path),
	    cmocka_unit_test(a_udp_checksum_of_zero_is_written_as_ones),
	    cmocka_unit_test(a_comment_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
