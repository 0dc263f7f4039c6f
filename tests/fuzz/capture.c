/*
 * Whatever crosses a socket, in whatever pieces: the capture file is right, has all the bytes in
 * both directions, and every datagram.
 */
#include "../unit/capture.h"

#include "fuzz.h"

/* No piece is longer, so that the longest needs several packets. */
#define PIECE_MAX (3 << 16)
#define PIECES_MAX 24

struct expected {
	char data[PIECES_MAX * PIECE_MAX];
	size_t len, messages; /* those too long for UDP are several */
	bool finished;
};

static int
socket_of(int family, int type)
{
	static int fds[3];
	const size_t i = family == AF_INET ? 0 : family == AF_INET6 ? 1 : 2;
	struct address any = {0};

	if (fds[i] == 0) {
		fds[i] = socket(family, type, 0);
		any.to.any.sa_family = (sa_family_t)family;
		if (family != AF_UNIX)
			assert(
			    bind(fds[i], &any.to.any,
				family == AF_INET ? sizeof(any.to.ip4) : sizeof(any.to.ip6)) == 0);
	}
	return fds[i];
}

static struct address
peer_of(int family)
{
	struct address peer = {.len = sizeof(sa_family_t)};
	size_t max;

	peer.to.any.sa_family = (sa_family_t)family;
	if (family == AF_UNIX)
		assert(address_local(&peer, "/a", &max));
	else if (family == AF_INET)
		peer.to.ip4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		peer.to.ip6.sin6_addr = in6addr_loopback;
	if (family != AF_UNIX)
		peer.len = family == AF_INET ? sizeof(peer.to.ip4) : sizeof(peer.to.ip6);
	return peer;
}

/* Three bytes say what happens next, and how long the piece is. */
static void
happen(struct tap *tap, struct expected *e, const uint8_t op[3], int type, size_t room)
{
	static char data[PIECE_MAX];
	const size_t len = ((size_t)op[1] << 8 | op[2]) * 3;

	if (op[0] & 2 && op[0] & 4 && op[0] & 8 && type != SOCK_DGRAM) {
		taps_ended(tap, false);
		e->finished = true;
	}
	if (e->finished)
		return;
	for (size_t i = 0; i < len; i++)
		data[i] = (char)(op[0] + i * op[2] + (i >> 8));
	memcpy(e->data + e->len, data, len);
	e->len += len;
	e->messages += len > room ? (len - 1) / room + 1 : 1;
	taps_saw(tap, &(struct iovec){data, len}, len);
	taps_message_end(tap);
}

static void
compare(const struct expected *e, const struct seen *s, int type)
{
	assert(s->len == e->len && (s->len == 0 || memcmp(s->data, e->data, s->len) == 0));
	assert(s->finished == e->finished);
	assert(type != SOCK_DGRAM || s->datagrams == e->messages);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int families[] = {AF_INET, AF_INET6, AF_UNIX, AF_INET};
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM};
	static struct expected sent, received;
	struct address peer;
	struct seen_file f;
	struct taken t;
	int family, type;
	size_t room;

	if (size < 5 || size > 5 + 3 * PIECES_MAX)
		return 0;
	family = families[data[0] & 3];
	type = types[data[0] >> 2 & 3];
	room = family == AF_INET6 ? 65535 - 8 : 65535 - 8 - 20;
	peer = peer_of(family);
	sent.len = received.len = sent.messages = received.messages = 0;
	sent.finished = received.finished = false;
	take(&t, type, data[0] & 0x10, socket_of(family, SOCK_DGRAM), &peer);
	if (type != SOCK_DGRAM)
		take_skewed(&t, native(data + 1) - t.capture.ours.next);
	for (size_t at = 5; at + 3 <= size; at += 3)
		if (data[at] & 1)
			happen(&t.capture.sent, &sent, data + at, type, room);
		else
			happen(&t.capture.received, &received, data + at, type, room);
	taken(&t, &f);
	compare(&sent, &f.sent, type);
	compare(&received, &f.received, type);
	assert(type == SOCK_DGRAM || f.reset == !sent.finished);
	seen_free(&f);
	return 0;
}
