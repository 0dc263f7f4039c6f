#include "codec/hexdump.h"

#include <string.h>

#define OFFSET_DIGITS 8

static const char digits[16] = "0123456789abcdef";

size_t
hexdump_size(size_t len)
{
	return (len + HEXDUMP_BYTES - 1) / HEXDUMP_BYTES * HEXDUMP_LINE;
}

static char *
put_offset(char *out, uint64_t offset)
{
	int count = OFFSET_DIGITS;

	while (count < 16 && offset >> 4 * count != 0)
		count++;
	while (count-- > 0)
		*out++ = digits[offset >> 4 * count & 0xf];
	return out;
}

static char *
put_line(char *out, uint64_t offset, const unsigned char *bytes, size_t len)
{
	out = put_offset(out, offset);
	*out++ = ' ';
	*out++ = ' ';
	for (size_t i = 0; i < HEXDUMP_BYTES; i++) {
		*out++ = i < len ? digits[bytes[i] >> 4] : ' ';
		*out++ = i < len ? digits[bytes[i] & 0xf] : ' ';
		*out++ = ' ';
	}
	*out++ = ' ';
	*out++ = '|';
	for (size_t i = 0; i < len; i++)
		*out++ = bytes[i] >= ' ' && bytes[i] <= '~' ? (char)bytes[i] : '.';
	*out++ = '|';
	*out++ = '\n';
	return out;
}

size_t
hexdump(char *out, uint64_t offset, const char *data, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)data;
	char *end = out;

	for (size_t at = 0; at < len; at += HEXDUMP_BYTES) {
		const size_t left = len - at;

		end = put_line(
		    end, offset + at, bytes + at, left < HEXDUMP_BYTES ? left : HEXDUMP_BYTES);
	}
	return (size_t)(end - out);
}
