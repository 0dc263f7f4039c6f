#include "pump/tap_capture.h"

#include <bsd/stdlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "codec/packet.h"
#include "codec/pcapng.h"
#include "net/end.h"

/*
 * Theory of operation. The packets show what would have crossed the wire if both sides had sent
 * what was written and read in packets as long as IP allows, and had acknowledged it only when the
 * window was full. A connection begins with SYN, SYN and ACK, ACK, and ends with a FIN of each
 * side, or a reset by the side that has broken it.
 *
 * Nothing like that exists for unix sockets: they are shown as TCP (streams and seqpacket) or UDP
 * over IPv4 on this host. Each client has a port of its own, and the path is a comment of its first
 * packet.
 */

#define ABOUT "Packets made up by strait: only addresses, ports, times and data are true."

/* Ports for unix sockets: Wireshark takes no protocol for granted there. */
#define LISTENER_PORT 1
#define CLIENT_PORT 50000
#define CLIENT_PORTS 4096

bool
capture_file_start(struct capture_file *file, struct outfile *out, struct error *err)
{
	char start[PCAPNG_START];

	*file = (struct capture_file){.out = out};
	file->space = malloc(PCAPNG_BEFORE + PACKET_MAX + PCAPNG_BEHIND);
	if (file->space == NULL)
		return error_errno(err, FAULT_LOCAL, "memory");
	outfile_put(out, start, pcapng_start(start, "strait " STRAIT_VERSION, ABOUT));
	return true;
}

void
capture_file_stop(struct capture_file *file)
{
	free(file->space);
	*file = (struct capture_file){0};
}

static struct capture_side *
other_side(struct capture *c, const struct capture_side *side)
{
	return side == &c->ours ? &c->theirs : &c->ours;
}

/* Adds a packet to the file. The comment may be empty. */
static void
put_packet(struct capture *c, struct packet *packet, const char *comment)
{
	const bool outbound = packet->from == &c->ours.address;
	const struct pcapng_packet about = {
	    .time = (uint64_t)clock_wall(),
	    .outbound = outbound,
	    .comment = comment[0] != '\0' ? comment : NULL,
	};
	size_t len;

	packet->to = outbound ? &c->theirs.address : &c->ours.address;
	packet->datagram = c->datagrams;
	len = packet_make(c->file->space + PCAPNG_BEFORE, packet);
	outfile_put(c->file->out, c->file->space, pcapng_packet(c->file->space, len, &about));
	c->place[0] = '\0';
}

/* One packet of a connection: it acknowledges all that the other side has sent. */
static void
put_segment(
    struct capture *c, struct capture_side *from, unsigned flags, const char *data, size_t len)
{
	struct capture_side *to = other_side(c, from);
	struct packet packet = {
	    .from = &from->address,
	    .flags = flags,
	    .seq = from->next,
	    .ack = flags & PACKET_ACK ? to->next : 0,
	    .data = data,
	    .len = len,
	};

	put_packet(c, &packet, c->place);
	from->next += (uint32_t)len + ((flags & (PACKET_SYN | PACKET_FIN)) != 0);
	if (flags & PACKET_ACK)
		to->acked = to->next;
}

static void
put_connection(struct capture *c)
{
	struct capture_side *client = c->listens ? &c->theirs : &c->ours;
	struct capture_side *server = other_side(c, client);

	client->next = client->acked = arc4random();
	server->next = server->acked = arc4random();
	put_segment(c, client, PACKET_SYN, NULL, 0);
	put_segment(c, server, PACKET_SYN | PACKET_ACK, NULL, 0);
	put_segment(c, client, PACKET_ACK, NULL, 0);
}

/* So many bytes of a connection, in as many packets as they need. */
static void
put_stream(struct capture *c, struct capture_side *from, const char *data, size_t len)
{
	const size_t room = packet_room(address_family(&from->address), false);

	if (c->reset || from->finished)
		return;
	do {
		const size_t size = len < room ? len : room;

		if (from->next - from->acked + size >= PACKET_WINDOW)
			put_segment(c, other_side(c, from), PACKET_ACK, NULL, 0);
		put_segment(c, from, PACKET_ACK | (size == len ? PACKET_PSH : 0), data, size);
		data += size;
		len -= size;
	} while (len > 0);
}

/* One datagram. What unix sockets take may be too long for UDP: then it is several. */
static void
put_datagram(struct capture *c, struct capture_side *from, const char *data, size_t len)
{
	const size_t room = packet_room(address_family(&from->address), true);
	const size_t count = len > room ? (len - 1) / room + 1 : 1, all = len;
	char comment[PCAPNG_COMMENT + 1];

	for (size_t i = 1; i <= count; i++) {
		const size_t size = len < room ? len : room;
		struct packet packet = {.from = &from->address, .data = data, .len = size};

		if (count == 1)
			snprintf(comment, sizeof(comment), "%s", c->place);
		else
			snprintf(comment, sizeof(comment),
			    "%s%spart %zu of %zu of a datagram of %zu bytes", c->place,
			    c->place[0] != '\0' ? "; " : "", i, count, all);
		put_packet(c, &packet, comment);
		data += size;
		len -= size;
	}
}

static bool
is_ip(const struct address *address)
{
	return address_family(address) == AF_INET || address_family(address) == AF_INET6;
}

static void
set_loopback(struct address *address, uint16_t port)
{
	*address = (struct address){.len = sizeof(address->to.ip4)};
	address->to.ip4.sin_family = AF_INET;
	address->to.ip4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address->to.ip4.sin_port = htons(port);
}

/* A unix socket has a path, which is to be told, and an address that is made up. */
static void
set_place(struct capture *c, const struct address *ours, const struct address *theirs)
{
	const struct address *client = c->listens ? theirs : ours;
	const bool many = c->end->ops->peer != NULL && c->listens && c->datagrams;
	const uint32_t number = many ? address_hash(theirs) : c->file->clients++;
	char server_name[ADDRESS_TEXT], client_name[ADDRESS_TEXT];

	address_text(server_name, c->listens ? ours : theirs);
	address_text(client_name, client);
	snprintf(c->place, sizeof(c->place), "unix socket %s%s%s", server_name,
	    address_named(client) ? ", client " : "", address_named(client) ? client_name : "");
	set_loopback(c->listens ? &c->ours.address : &c->theirs.address, LISTENER_PORT);
	set_loopback(c->listens ? &c->theirs.address : &c->ours.address,
	    (uint16_t)(CLIENT_PORT + number % CLIENT_PORTS));
}

static void
set_addresses(struct capture *c, int fd, const struct peer *peer)
{
	struct address local;

	c->fd = fd;
	c->peer = *peer;
	peer_local(&local, fd, peer);
	c->ours.address = address_unmapped(&local);
	c->theirs.address = address_unmapped(&peer->address);
	if (!is_ip(&c->ours.address) || !is_ip(&c->theirs.address))
		set_place(c, &local, &peer->address);
}

/* Datagrams of one end may come from many senders, and the socket of one may be replaced. */
static void
update_addresses(struct capture *c, bool received)
{
	const struct peer *peer;
	int fd;

	if (c->end->ops->peer == NULL)
		return;
	peer = c->end->ops->peer(c->end, received, &fd);
	if (fd != c->fd || !peer_equal(peer, &c->peer))
		set_addresses(c, fd, peer);
}

static void
put_bytes(struct capture *c, bool received, const char *data, size_t len)
{
	struct capture_side *from = received ? &c->theirs : &c->ours;

	from->amid = true;
	if (!c->datagrams) {
		put_stream(c, from, data, len);
		return;
	}
	update_addresses(c, received);
	put_datagram(c, from, data, len);
}

static struct capture *
capture_of_sent(const struct tap *tap)
{
	return (struct capture *)(void *)((uintptr_t)tap - offsetof(struct capture, sent));
}

static struct capture *
capture_of_received(const struct tap *tap)
{
	return (struct capture *)(void *)((uintptr_t)tap - offsetof(struct capture, received));
}

static void
saw_sent(struct tap *tap, const char *data, size_t len)
{
	put_bytes(capture_of_sent(tap), false, data, len);
}

static void
saw_received(struct tap *tap, const char *data, size_t len)
{
	put_bytes(capture_of_received(tap), true, data, len);
}

/* A message without bytes is a packet, too. */
static void
message_ended(struct capture *c, bool received)
{
	struct capture_side *from = received ? &c->theirs : &c->ours;

	if (!from->amid)
		put_bytes(c, received, "", 0);
	from->amid = false;
}

static void
message_sent(struct tap *tap)
{
	message_ended(capture_of_sent(tap), false);
}

static void
message_received(struct tap *tap)
{
	message_ended(capture_of_received(tap), true);
}

/* The connection is broken: by the peer if the socket has failed, else by strait. */
static void
put_reset(struct capture *c)
{
	if (c->datagrams || c->reset)
		return;
	put_segment(
	    c, c->end->error.number != 0 ? &c->theirs : &c->ours, PACKET_RST | PACKET_ACK, NULL, 0);
	c->reset = true;
}

static void
put_finish(struct capture *c, struct capture_side *from)
{
	if (c->datagrams || c->reset || from->finished)
		return;
	put_segment(c, from, PACKET_FIN | PACKET_ACK, NULL, 0);
	from->finished = true;
	if (other_side(c, from)->finished)
		put_segment(c, other_side(c, from), PACKET_ACK, NULL, 0);
}

static void
sent_ended(struct tap *tap, bool broken)
{
	struct capture *c = capture_of_sent(tap);

	if (broken)
		put_reset(c);
	else
		put_finish(c, &c->ours);
}

static void
received_ended(struct tap *tap, bool broken)
{
	struct capture *c = capture_of_received(tap);

	if (broken)
		put_reset(c);
	else
		put_finish(c, &c->theirs);
}

static bool
sent_has_room(const struct tap *tap)
{
	return outfile_has_room(capture_of_sent(tap)->file->out);
}

static bool
received_has_room(const struct tap *tap)
{
	return outfile_has_room(capture_of_received(tap)->file->out);
}

void
capture_start(struct capture *c, struct capture_file *file, const struct capture_of *of)
{
	const bool messages = of->type != SOCK_STREAM;

	*c = (struct capture){
	    .sent = {.needs_bytes = true,
		.saw = saw_sent,
		.answered = saw_sent,
		.message_end = messages ? message_sent : NULL,
		.ended = sent_ended,
		.has_room = sent_has_room},
	    .received = {.needs_bytes = true,
		.saw = saw_received,
		.message_end = messages ? message_received : NULL,
		.ended = received_ended,
		.has_room = received_has_room},
	    .file = file,
	    .end = of->end,
	    .datagrams = of->type == SOCK_DGRAM,
	    .listens = of->listens,
	    .fd = -1,
	};
	if (c->datagrams && c->end->ops->peer != NULL) {
		c->end->singly = true;
		return;
	}
	set_addresses(c, of->fd, of->peer);
	if (!c->datagrams)
		put_connection(c);
}

void
capture_end(struct capture *c)
{
	if (c->file != NULL && !c->ours.finished)
		put_reset(c);
	if (c->file != NULL && !c->theirs.finished && c->end->error.number != 0)
		put_reset(c);
	c->file = NULL;
}
