#define LIBBSD_OPENBSD_VIS /* chooses between two versions of strnvis(3), unused here */

#include "codec/visible.h"

#include <bsd/vis.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* What bytes begin with. */
enum begins { BEGINS_CHARACTER, BEGINS_INVALID, BEGINS_INCOMPLETE };

/*
 * The lowest character that begins with so many bytes of a character of size bytes. The highest has
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

/*
 * Decodes the first UTF-8 character of in into *c, and sets *size to its length in bytes.
 * mbrtowc(3) would depend on the locale.
 */
static enum begins
character(uint32_t *c, size_t *size, const unsigned char *in, size_t len)
{
	/* A smaller code point must be encoded in fewer bytes. */
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t highest;
	size_t count;

	*size = in[0] < 0x80 ? 1 : in[0] < 0xe0 ? 2 : in[0] < 0xf0 ? 3 : 4;
	count = *size < len ? *size : len;
	if ((in[0] >= 0x80 && in[0] < 0xc0) || in[0] >= 0xf8 || !lowest(c, in, count, *size))
		return BEGINS_INVALID;
	highest = *c | ((UINT32_C(1) << 6 * (*size - count)) - 1);
	/* UTF-16 surrogates are not characters. */
	if (highest < least[*size] || *c > 0x10ffff || (*c >= 0xd800 && highest <= 0xdfff))
		return BEGINS_INVALID;
	return count < *size ? BEGINS_INCOMPLETE : BEGINS_CHARACTER;
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
		const enum begins what = character(&c, &size, bytes + i, len - i);

		if (what == BEGINS_CHARACTER && !is_command(c)) {
			memcpy(out + used, in + i, size);
			used += size;
		} else {
			/* Of invalid UTF-8, encode one byte: the next may begin a character. */
			size = what == BEGINS_CHARACTER ? size : 1;
			used += encode(out + used, bytes + i, size);
		}
	}
	return used;
}

/* Whether a character changes the state of a terminal. */
static bool
changes_state(uint32_t c)
{
	static const char harmless[] = "\b\t\n\v\f\r\a";

	if (c >= 0x80)
		return c <= 0x9f;
	return c < ' ' && c != 0 && memchr(harmless, (int)c, sizeof(harmless) - 1) == NULL;
}

/* Whether the first bytes that are kept, a character or else one that is part of none, are shown.
 */
static bool
is_shown(const struct visible *v, bool valid, uint32_t c)
{
	if (!valid)
		return v->gently && (v->kept[0] < 0x80 || v->kept[0] > 0x9f);
	if (v->gently)
		return !changes_state(c);
	return c == '\n' || (c == '\r' && v->count > 1 && v->kept[1] == '\n') || !is_command(c);
}

/*
 * Writes what is known of the bytes that are kept; all of them if nothing follows. Returns the
 * number of bytes written.
 */
static size_t
release(struct visible *v, char *out, bool last)
{
	size_t used = 0, size;
	uint32_t c;

	while (v->count > 0) {
		enum begins what = character(&c, &size, v->kept, v->count);

		if (!v->gently && v->kept[0] == '\r' && v->count == 1)
			what = BEGINS_INCOMPLETE;
		if (what == BEGINS_INCOMPLETE && !last)
			break;
		if (what != BEGINS_CHARACTER)
			size = 1;
		if (is_shown(v, what == BEGINS_CHARACTER, c)) {
			memcpy(out + used, v->kept, size);
			used += size;
		} else {
			used += encode(out + used, v->kept, size);
		}
		v->count -= size;
		memmove(v->kept, v->kept + size, v->count);
	}
	return used;
}

static size_t
visible_apply(struct transform *transform, char *out, const char *in, size_t len)
{
	struct visible *v = (struct visible *)transform;
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		if (v->count == 0 && in[i] >= ' ' && in[i] <= '~') {
			out[used++] = in[i];
			continue;
		}
		v->kept[v->count++] = (unsigned char)in[i];
		used += release(v, out + used, false);
	}
	return used;
}

static size_t
visible_end(struct transform *transform, char *out)
{
	return release((struct visible *)transform, out, true);
}

void
visible_start(struct visible *v, bool gently)
{
	*v = (struct visible){.transform = {.apply = visible_apply,
				  .end = visible_end,
				  .growth = VISIBLE_GROWTH,
				  .carry = VISIBLE_CARRY},
	    .gently = gently};
}
