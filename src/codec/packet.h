#ifndef CODEC_PACKET_H
#define CODEC_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

/* The flags of a TCP header (RFC 9293). */
#define PACKET_FIN 0x01
#define PACKET_SYN 0x02
#define PACKET_RST 0x04
#define PACKET_PSH 0x08
#define PACKET_ACK 0x10

/* The window that TCP packets announce: all that the field can hold without options. */
#define PACKET_WINDOW 65535

/*
 * A made-up IP packet with UDP or TCP in it, such as a capture shows: what crossed a socket, in
 * the headers that it might have had on a wire.
 */
struct packet {
	const struct address *from, *to; /* both IPv4, or both IPv6 */
	bool datagram;                   /* UDP; else TCP, and these matter: */
	unsigned flags;
	uint32_t seq, ack;
	const void *data; /* NULL with len 0 */
	size_t len;       /* at most packet_room */
};

/* No packet is longer. */
#define PACKET_MAX (40 + 65535)

/* The most data that a packet between addresses of this family (AF_INET, AF_INET6) carries. */
size_t packet_room(int family, bool datagram);

/* Puts the packet, with right checksums, into out, which has room for PACKET_MAX. Its length. */
size_t packet_make(void *out, const struct packet *);

#endif
