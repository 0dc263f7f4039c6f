#ifndef CODEC_PCAPNG_H
#define CODEC_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The blocks of a capture file in pcapng (draft-ietf-opsawg-pcapng), which Wireshark and libpcap
 * read: a section and its only interface, then one block for each packet, which begins with its IP
 * header.
 */

/* Room for the beginning. Longer texts are cut. */
#define PCAPNG_START 1024

/* Puts the blocks at the beginning of a file into out. Returns their length. */
size_t pcapng_start(char out[static PCAPNG_START], const char *application, const char *comment);

struct pcapng_packet {
	uint64_t time;       /* when it was seen: nanoseconds since 1970 */
	bool outbound;       /* sent by this host; else received */
	const char *comment; /* NULL: none; what is longer than PCAPNG_COMMENT is cut */
};

/* A block has so many bytes before the packet and at most so many behind it. */
#define PCAPNG_BEFORE ((size_t)28)
#define PCAPNG_BEHIND ((size_t)32 + PCAPNG_COMMENT)
#define PCAPNG_COMMENT ((size_t)1020)

/*
 * Makes the block of a packet, whose len bytes the caller has put at block + PCAPNG_BEFORE. Returns
 * the length of the block.
 */
size_t pcapng_packet(char *block, size_t len, const struct pcapng_packet *);

#endif
