#define LIBBSD_OPENBSD_VIS /* chooses between two versions of strnvis(3), unused here */

#include "codec/visible.h"

#include <bsd/vis.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * Decodes the first UTF-8 character of in into *c, and returns its length in bytes; 0 if it is
 * invalid. mbrtowc(3) would depend on the locale.
 */
static size_t
character(uint32_t *c, const unsigned char *in, size_t len)
{
	/* A smaller code point must be encoded in fewer bytes. */
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const size_t size = in[0] < 0x80 ? 1 : in[0] < 0xe0 ? 2 : in[0] < 0xf0 ? 3 : 4;

	if (size > len || (in[0] >= 0x80 && in[0] < 0xc0) || in[0] >= 0xf8)
		return 0;
	*c = size == 1 ? in[0] : in[0] & 0x7fu >> size;
	for (size_t i = 1; i < size; i++) {
		if ((in[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (in[i] & 0x3f);
	}
	/* UTF-16 surrogates are not characters. */
	if (*c < least[size] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff))
		return 0;
	return size;
}

/* Whether a character controls the terminal instead of being shown. */
static bool
is_command(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} commands[] = {{0x0, 0x8}, {0xa, 0x1f}, {0x7f, 0x9f}, {0x202a, 0x202e}, {0x2066, 0x2069}};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (c >= commands[i].first && c <= commands[i].last)
			return true;
	return false;
}

static size_t
encode(char *out, const unsigned char *in, size_t len)
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		char byte[VISIBLE_GROWTH + 1]; /* vis(3) adds a NUL */
		const char *end = vis(byte, in[i], VIS_OCTAL | VIS_NL | VIS_NOSLASH, 0);

		memcpy(out + used, byte, (size_t)(end - byte));
		used += (size_t)(end - byte);
	}
	return used;
}

size_t
visible_text(char *out, const char *in, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)in;
	size_t used = 0, size;
	uint32_t c;

	for (size_t i = 0; i < len; i += size) {
		size = character(&c, bytes + i, len - i);
		if (size > 0 && !is_command(c)) {
			memcpy(out + used, in + i, size);
			used += size;
		} else {
			/* Of invalid UTF-8, encode one byte: the next may begin a character. */
			size = size > 0 ? size : 1;
			used += encode(out + used, bytes + i, size);
		}
	}
	return used;
}
