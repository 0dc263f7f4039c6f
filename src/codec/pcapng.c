#include "codec/pcapng.h"

#include <string.h>

/*
 * All numbers are in the order of the host's bytes, which the magic number tells the reader. A
 * block begins and ends with its length, and what is in it is padded to 4 bytes.
 */

#define SECTION_HEADER 0x0a0d0d0a
#define INTERFACE_DESCRIPTION 1
#define ENHANCED_PACKET 6

#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define VERSION_MAJOR 1
#define VERSION_MINOR 0
#define SECTION_LENGTH UINT64_MAX /* not told */
#define LINKTYPE_RAW 101          /* a packet begins with its IP header, version 4 or 6 */
#define SNAPSHOT_LENGTH 262144    /* the longest that libpcap accepts */

/* Options of blocks. */
#define OPT_END 0
#define OPT_COMMENT 1
#define SHB_USERAPPL 4
#define IF_NAME 2
#define IF_TSRESOL 9
#define EPB_FLAGS 2

#define NANOSECONDS 9 /* if_tsresol: 10 to the power of minus this, in seconds */
#define INBOUND 1     /* epb_flags */
#define OUTBOUND 2

/* The longest text at the beginning. */
#define START_TEXT ((size_t)400)

/* A block that is being written: from its beginning to its end so far. */
struct block {
	char *start, *end;
};

static void
put(struct block *b, const void *data, size_t len)
{
	memcpy(b->end, data, len);
	b->end += len;
}

static void
put16(struct block *b, unsigned number)
{
	const uint16_t value = (uint16_t)number;

	put(b, &value, sizeof(value));
}

static void
put32(struct block *b, uint32_t number)
{
	put(b, &number, sizeof(number));
}

static void
pad(struct block *b, size_t len)
{
	static const char zeros[3];

	put(b, zeros, -len & 3);
}

static void
put_option(struct block *b, unsigned code, const void *data, size_t len)
{
	put16(b, code);
	put16(b, (unsigned)len);
	put(b, data, len);
	pad(b, len);
}

static void
put_text(struct block *b, unsigned code, const char *text, size_t max)
{
	if (text != NULL)
		put_option(b, code, text, strnlen(text, max));
}

static struct block
block_begin(char *at, uint32_t type)
{
	struct block b = {at, at};

	put32(&b, type);
	put32(&b, 0); /* the length: see block_end */
	return b;
}

/* Behind the last option. Returns the length. */
static size_t
block_end(struct block *b)
{
	uint32_t len;

	put_option(b, OPT_END, "", 0);
	len = (uint32_t)(b->end - b->start) + sizeof(len);
	put32(b, len);
	memcpy(b->start + sizeof(uint32_t), &len, sizeof(len));
	return len;
}

static size_t
put_section(char *at, const char *application, const char *comment)
{
	struct block b = block_begin(at, SECTION_HEADER);
	const uint64_t length = SECTION_LENGTH;

	put32(&b, BYTE_ORDER_MAGIC);
	put16(&b, VERSION_MAJOR);
	put16(&b, VERSION_MINOR);
	put(&b, &length, sizeof(length));
	put_text(&b, OPT_COMMENT, comment, START_TEXT);
	put_text(&b, SHB_USERAPPL, application, START_TEXT);
	return block_end(&b);
}

static size_t
put_interface(char *at)
{
	struct block b = block_begin(at, INTERFACE_DESCRIPTION);
	const unsigned char resolution = NANOSECONDS;

	put16(&b, LINKTYPE_RAW);
	put16(&b, 0);
	put32(&b, SNAPSHOT_LENGTH);
	put_text(&b, IF_NAME, "strait", START_TEXT);
	put_option(&b, IF_TSRESOL, &resolution, sizeof(resolution));
	return block_end(&b);
}

size_t
pcapng_start(char out[static PCAPNG_START], const char *application, const char *comment)
{
	const size_t len = put_section(out, application, comment);

	return len + put_interface(out + len);
}

size_t
pcapng_packet(char *block, size_t len, const struct pcapng_packet *packet)
{
	struct block b = block_begin(block, ENHANCED_PACKET);
	const uint32_t flags = packet->outbound ? OUTBOUND : INBOUND;

	put32(&b, 0); /* the interface */
	put32(&b, (uint32_t)(packet->time >> 32));
	put32(&b, (uint32_t)packet->time);
	put32(&b, (uint32_t)len);
	put32(&b, (uint32_t)len);
	b.end += len;
	pad(&b, len);
	put_text(&b, OPT_COMMENT, packet->comment, PCAPNG_COMMENT);
	put_option(&b, EPB_FLAGS, &flags, sizeof(flags));
	return block_end(&b);
}
