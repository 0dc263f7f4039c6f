#define LIBBSD_OPENBSD_VIS /* chooses between two versions of strnvis(3), unused here */

#include "codec/visible.h"

#include <bsd/vis.h>
#include <string.h>

#include "codec/utf8.h"

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
		const enum utf8 what = utf8_decode(&c, &size, bytes + i, len - i);

		if (what == UTF8_CHARACTER && !utf8_is_command(c)) {
			memcpy(out + used, in + i, size);
			used += size;
		} else {
			/* Of invalid UTF-8, encode one byte: the next may begin a character. */
			size = what == UTF8_CHARACTER ? size : 1;
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
	return c == '\n' || (c == '\r' && v->count > 1 && v->kept[1] == '\n') ||
	       !utf8_is_command(c);
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
		enum utf8 what = utf8_decode(&c, &size, v->kept, v->count);

		if (!v->gently && v->kept[0] == '\r' && v->count == 1)
			what = UTF8_INCOMPLETE;
		if (what == UTF8_INCOMPLETE && !last)
			break;
		if (what != UTF8_CHARACTER)
			size = 1;
		if (is_shown(v, what == UTF8_CHARACTER, c)) {
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
