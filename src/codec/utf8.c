#include "codec/utf8.h"

/*
 * The lowest character that begins with count bytes of a character of size bytes. The highest has
 * the bits below that set. False if these bytes do not continue a character.
 */
static bool
lowest(uint32_t *c, const unsigned char *in, size_t count, size_t size)
{
	*c = size == 1 ? in[0] : in[0] & 0x7fu >> size;
	for (size_t i = 1; i < size; i++) {
		if (i < count && (in[i] & 0xc0) != 0x80)
			return false;
		*c = *c << 6 | (i < count ? in[i] & 0x3f : 0);
	}
	return true;
}

/* mbrtowc(3) would depend on the locale. */
enum utf8
utf8_decode(uint32_t *c, size_t *size, const unsigned char *in, size_t len)
{
	/* A smaller code point must be encoded in fewer bytes. */
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t highest;
	size_t count;

	*size = in[0] < 0x80 ? 1 : in[0] < 0xe0 ? 2 : in[0] < 0xf0 ? 3 : 4;
	count = *size < len ? *size : len;
	if ((in[0] >= 0x80 && in[0] < 0xc0) || in[0] >= 0xf8 || !lowest(c, in, count, *size))
		return UTF8_INVALID;
	highest = *c | ((UINT32_C(1) << 6 * (*size - count)) - 1);
	/* UTF-16 surrogates are not characters. */
	if (highest < least[*size] || *c > 0x10ffff || (*c >= 0xd800 && highest <= 0xdfff))
		return UTF8_INVALID;
	return count < *size ? UTF8_INCOMPLETE : UTF8_CHARACTER;
}

bool
utf8_is_command(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} commands[] = {{0x0, 0x8}, {0xa, 0x1f}, {0x7f, 0x9f}, {0x202a, 0x202e}, {0x2066, 0x2069}};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (c >= commands[i].first && c <= commands[i].last)
			return true;
	return false;
}
