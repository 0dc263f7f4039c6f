#include "codec/packet.h"

#include <string.h>

/* The lengths of headers, and of what IP counts in 16 bits. */
#define IP4_HEADER ((size_t)20)
#define IP6_HEADER ((size_t)40)
#define UDP_HEADER ((size_t)8)
#define TCP_HEADER ((size_t)20)
#define LENGTH_MAX ((size_t)65535)

#define HOPS 64
#define DO_NOT_FRAGMENT 0x4000

/* Addresses of both kinds, and where a header has its checksum. */
#define IP6_ADDRESS ((size_t)16)
#define IP4_CHECKSUM 10
#define UDP_CHECKSUM 6
#define TCP_CHECKSUM 16

static size_t
header_size(bool datagram)
{
	return datagram ? UDP_HEADER : TCP_HEADER;
}

size_t
packet_room(int family, bool datagram)
{
	/* IPv6 does not count its own header. */
	return LENGTH_MAX - (family == AF_INET ? IP4_HEADER : 0) - header_size(datagram);
}

static void
put16(unsigned char *at, size_t number)
{
	at[0] = (unsigned char)(number >> 8);
	at[1] = (unsigned char)number;
}

static void
put32(unsigned char *at, uint32_t number)
{
	put16(at, number >> 16);
	put16(at + 2, number);
}

/*
 * Adds to the sum of RFC 1071, whose words may be of any size and in the order of the host until it
 * is folded: so it takes eight bytes at a time. Only the last piece may be of odd length.
 */
static uint64_t
sum_of(uint64_t sum, const void *data, size_t len)
{
	const unsigned char *bytes = data;
	uint32_t halves[2];

	for (; len >= sizeof(halves); bytes += sizeof(halves), len -= sizeof(halves)) {
		memcpy(halves, bytes, sizeof(halves));
		sum += (uint64_t)halves[0] + halves[1];
	}
	memset(halves, 0, sizeof(halves));
	memcpy(halves, bytes, len);
	return sum + halves[0] + halves[1];
}

/* The checksum, in the order of the host's bytes, of a sum. */
static uint16_t
folded(uint64_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void
put_checksum(unsigned char *at, uint64_t sum)
{
	const uint16_t checksum = folded(sum);

	memcpy(at, &checksum, sizeof(checksum));
}

/* Returns the header's length; length: of what comes behind it. */
static size_t
put_ip4(unsigned char *ip, const struct packet *p, unsigned protocol, size_t length)
{
	memset(ip, 0, IP4_HEADER);
	ip[0] = 0x45;
	put16(ip + 2, IP4_HEADER + length);
	put16(ip + 6, DO_NOT_FRAGMENT);
	ip[8] = HOPS;
	ip[9] = (unsigned char)protocol;
	memcpy(ip + 12, &p->from->to.ip4.sin_addr, 4);
	memcpy(ip + 16, &p->to->to.ip4.sin_addr, 4);
	put_checksum(ip + IP4_CHECKSUM, sum_of(0, ip, IP4_HEADER));
	return IP4_HEADER;
}

static size_t
put_ip6(unsigned char *ip, const struct packet *p, unsigned protocol, size_t length)
{
	memset(ip, 0, IP6_HEADER);
	ip[0] = 0x60;
	put16(ip + 4, length);
	ip[6] = (unsigned char)protocol;
	ip[7] = HOPS;
	memcpy(ip + 8, &p->from->to.ip6.sin6_addr, IP6_ADDRESS);
	memcpy(ip + 8 + IP6_ADDRESS, &p->to->to.ip6.sin6_addr, IP6_ADDRESS);
	return IP6_HEADER;
}

static void
put_udp(unsigned char *udp, const struct packet *p)
{
	put16(udp, address_port(p->from));
	put16(udp + 2, address_port(p->to));
	put16(udp + 4, UDP_HEADER + p->len);
	put16(udp + UDP_CHECKSUM, 0);
}

static void
put_tcp(unsigned char *tcp, const struct packet *p)
{
	memset(tcp, 0, TCP_HEADER);
	put16(tcp, address_port(p->from));
	put16(tcp + 2, address_port(p->to));
	put32(tcp + 4, p->seq);
	put32(tcp + 8, p->ack);
	tcp[12] = TCP_HEADER / 4 << 4;
	tcp[13] = (unsigned char)p->flags;
	put16(tcp + 14, PACKET_WINDOW);
}

/* The sum of the pseudo-header, in which both families have the same except for the addresses. */
static uint64_t
pseudo_sum(const struct packet *p, unsigned protocol, size_t length)
{
	const bool four = address_family(p->from) == AF_INET;
	const size_t size = four ? 4 : IP6_ADDRESS;
	unsigned char pseudo[2 * IP6_ADDRESS + 8] = {0};

	if (four) {
		memcpy(pseudo, &p->from->to.ip4.sin_addr, size);
		memcpy(pseudo + size, &p->to->to.ip4.sin_addr, size);
	} else {
		memcpy(pseudo, &p->from->to.ip6.sin6_addr, size);
		memcpy(pseudo + size, &p->to->to.ip6.sin6_addr, size);
	}
	put32(pseudo + sizeof(pseudo) - 8, (uint32_t)length);
	put32(pseudo + sizeof(pseudo) - 4, protocol);
	return sum_of(0, pseudo, sizeof(pseudo));
}

size_t
packet_make(void *out, const struct packet *p)
{
	const unsigned protocol = p->datagram ? IPPROTO_UDP : IPPROTO_TCP;
	const size_t header = header_size(p->datagram), length = header + p->len;
	unsigned char *ip = out, *transport, *checksum;
	static const unsigned char none[] = {0xff, 0xff};

	transport = ip + (address_family(p->from) == AF_INET ? put_ip4(ip, p, protocol, length)
							     : put_ip6(ip, p, protocol, length));
	if (p->datagram)
		put_udp(transport, p);
	else
		put_tcp(transport, p);
	if (p->len > 0)
		memcpy(transport + header, p->data, p->len);
	checksum = transport + (p->datagram ? UDP_CHECKSUM : TCP_CHECKSUM);
	put_checksum(checksum, sum_of(pseudo_sum(p, protocol, length), transport, length));
	/* In UDP zero says that there is none. */
	if (p->datagram && checksum[0] == 0 && checksum[1] == 0)
		memcpy(checksum, none, sizeof(none));
	return (size_t)(transport - ip) + length;
}
