#ifndef UNIT_CAPTURE_H
#define UNIT_CAPTURE_H

/* A reader of capture files, as anybody would write it from the formats' descriptions. */
#undef NDEBUG
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/packet.h"
#include "net/end.h"
#include "pump/tap_capture.h"

/* What a file says of the data in one direction. */
struct seen {
	char *data; /* one behind the other */
	size_t len, datagrams;
	size_t last; /* the length of the last datagram */
	uint32_t next;
	bool begun, finished;
};

/* What a file says: the conversation of one pair of addresses. */
struct seen_file {
	struct seen received, sent;
	size_t packets, acks;
	bool reset;
	char comment[2048]; /* the last one */
	uint32_t skew;      /* by which a test has moved the sequence numbers after the beginning */
};

static inline uint32_t
big(const unsigned char *at, size_t size)
{
	uint32_t number = 0;

	while (size-- > 0)
		number = number << 8 | *at++;
	return number;
}

static inline uint32_t
native(const unsigned char *at)
{
	uint32_t number;

	memcpy(&number, at, sizeof(number));
	return number;
}

static inline unsigned
native16(const unsigned char *at)
{
	uint16_t number;

	memcpy(&number, at, sizeof(number));
	return number;
}

/* RFC 1071, word for word. A sum with the checksum in it is 0xffff. */
static inline uint32_t
add_words(uint32_t sum, const unsigned char *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum += (uint32_t)at[i] << (i % 2 == 0 ? 8 : 0);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static inline void
seen_data(struct seen *s, const unsigned char *data, size_t len)
{
	if (len == 0)
		return;
	s->data = realloc(s->data, s->len + len);
	memcpy(s->data + s->len, data, len);
	s->len += len;
}

static inline void
see_tcp(struct seen_file *f, struct seen *from, const struct seen *to, const unsigned char *tcp,
    size_t len)
{
	const size_t header = (size_t)tcp[12] / 16 * 4;
	const unsigned flags = tcp[13];

	assert(header >= 20 && header <= len && !f->reset);
	assert(flags & PACKET_SYN ? !from->begun : from->begun && big(tcp + 4, 4) == from->next);
	assert(big(tcp + 14, 2) == PACKET_WINDOW);
	if (flags & PACKET_SYN)
		from->next = big(tcp + 4, 4);
	/* Everything is acknowledged, and nothing that was not sent. */
	assert(flags & PACKET_ACK ? to->begun && big(tcp + 8, 4) == to->next
				  : flags == PACKET_SYN && !to->begun);
	assert(!from->finished || len == header);
	from->begun = true;
	from->next += (uint32_t)(len - header) + ((flags & (PACKET_SYN | PACKET_FIN)) != 0);
	from->finished = from->finished || flags & PACKET_FIN;
	f->reset = flags & PACKET_RST;
	if (f->packets == 3) {
		f->sent.next += f->skew;
		f->received.next += f->skew;
	}
	f->acks += flags == PACKET_ACK && len == header;
	seen_data(from, tcp + header, len - header);
}

static inline void
see_udp(struct seen *from, const unsigned char *udp, size_t len)
{
	assert(len >= 8 && big(udp + 4, 2) == len && big(udp + 6, 2) != 0);
	from->datagrams++;
	from->last = len - 8;
	seen_data(from, udp + 8, len - 8);
}

static inline void
see_ip(struct seen_file *f, bool outbound, const unsigned char *ip, size_t len)
{
	struct seen *from = outbound ? &f->sent : &f->received;
	struct seen *to = outbound ? &f->received : &f->sent;
	const bool four = ip[0] >> 4 == 4;
	const size_t header = four ? 20 : 40;
	const unsigned protocol = ip[four ? 9 : 6];
	uint32_t sum;

	assert(len >= header && (four ? ip[0] == 0x45 : ip[0] == 0x60));
	assert(big(ip + (four ? 2 : 4), 2) == (four ? len : len - header));
	assert(!four || add_words(0, ip, header) == 0xffff);
	sum = add_words(protocol + (uint32_t)(len - header), ip + (four ? 12 : 8), four ? 8 : 32);
	assert(add_words(sum, ip + header, len - header) == 0xffff);
	assert(protocol == 6 || protocol == 17);
	f->packets++;
	if (protocol == 6)
		see_tcp(f, from, to, ip + header, len - header);
	else
		see_udp(from, ip + header, len - header);
}

/* The options of a block: returns the flags of a packet. */
static inline uint32_t
see_options(struct seen_file *f, const unsigned char *at, const unsigned char *end)
{
	uint32_t flags = 0;
	unsigned code, len;

	do {
		assert(end - at >= 4);
		code = native16(at);
		len = native16(at + 2);
		assert((size_t)(end - at) - 4 >= len);
		if (code == 1) {
			memcpy(f->comment, at + 4, len);
			f->comment[len] = '\0';
		} else if (code == 2 && len == 4) {
			flags = native(at + 4);
		}
		at += 4 + (len + 3) / 4 * 4;
	} while (code != 0);
	assert(at == end);
	return flags;
}

static inline void
see_packet(struct seen_file *f, const unsigned char *block, const unsigned char *end)
{
	const size_t len = native(block + 20), padded = (len + 3) / 4 * 4;
	const uint32_t flags = (assert((size_t)(end - block) >= 28 + padded),
	    see_options(f, block + 28 + padded, end));

	assert(native(block + 8) == 0 && native(block + 24) == len);
	assert(flags == 1 || flags == 2);
	see_ip(f, flags == 2, block + 28, len);
}

/* Reads all blocks, which must be right. */
static inline void
see_file(struct seen_file *f, const unsigned char *text, size_t len)
{
	size_t size, number = 0;

	for (; len > 0; text += size, len -= size, number++) {
		assert(len >= 12);
		size = native(text + 4);
		assert(
		    size >= 12 && size % 4 == 0 && size <= len && native(text + size - 4) == size);
		if (number == 0) {
			assert(native(text) == 0x0a0d0d0a && native(text + 8) == 0x1a2b3c4d);
			(void)see_options(f, text + 24, text + size - 4);
		} else if (number == 1) {
			assert(native(text) == 1 && native16(text + 8) == 101);
			(void)see_options(f, text + 16, text + size - 4);
		} else {
			assert(native(text) == 6);
			see_packet(f, text, text + size - 4);
		}
	}
	assert(number >= 2);
}

static inline void
seen_free(struct seen_file *f)
{
	free(f->sent.data);
	free(f->received.data);
}

/* A capture into a file without a name. */
struct taken {
	struct loop loop;
	FILE *file;
	char name[32];
	struct outfile out;
	struct capture_file shared;
	struct capture capture;
	struct end end;
	struct peer peer;
	uint32_t skew;
};

static inline void
take_nothing(void *arg, struct outfile *file)
{
	(void)arg;
	(void)file;
}

/* fd: a socket; peer: who is on the other side. */
static inline void
take(struct taken *t, int type, bool listens, int fd, const struct address *peer)
{
	static const struct end_ops none;
	struct error error;
	bool done;

	*t = (struct taken){.file = tmpfile(), .end = {.ops = &none}, .peer = {.address = *peer}};
	snprintf(t->name, sizeof(t->name), "/dev/fd/%d", fileno(t->file));
	loop_init(&t->loop);
	done = outfile_open(&t->out, t->name, false, NULL, &t->loop, take_nothing, NULL, &error) &&
	       capture_file_start(&t->shared, &t->out, &error);
	assert(done);
	capture_start(&t->capture, &t->shared,
	    &(struct capture_of){
		.fd = fd, .type = type, .listens = listens, .peer = &t->peer, .end = &t->end});
}

/* After a connection has begun: moves its sequence numbers. */
static inline void
take_skewed(struct taken *t, uint32_t skew)
{
	t->skew = skew;
	t->capture.ours.next += skew;
	t->capture.ours.acked += skew;
	t->capture.theirs.next += skew;
	t->capture.theirs.acked += skew;
}

/* Ends the capture, and reads it. */
static inline void
taken(struct taken *t, struct seen_file *f)
{
	struct error error;
	struct stat st;
	unsigned char *text;
	bool closed;

	capture_end(&t->capture);
	closed = outfile_close(&t->out, 0, &error);
	assert(closed && fstat(fileno(t->file), &st) == 0);
	text = malloc((size_t)st.st_size);
	assert(pread(fileno(t->file), text, (size_t)st.st_size, 0) == st.st_size);
	*f = (struct seen_file){.skew = t->skew};
	see_file(f, text, (size_t)st.st_size);
	free(text);
	fclose(t->file);
	capture_file_stop(&t->shared);
	loop_free(&t->loop);
}

#endif
