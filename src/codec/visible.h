#ifndef CODEC_VISIBLE_H
#define CODEC_VISIBLE_H

#include <stdbool.h>
#include <stddef.h>

#include "codec/transform.h"

/* The most bytes that one byte becomes. */
#define VISIBLE_GROWTH 4

/*
 * Encodes everything that could control a terminal. Writes to out, which has room for
 * VISIBLE_GROWTH * len bytes, and returns the number of bytes written. These are encoded byte by
 * byte in octal ("\033"), as vis(3) does with VIS_OCTAL | VIS_NL | VIS_NOSLASH: ASCII control
 * characters except tab, DEL, U+0080 to U+009F, the characters that change the direction of text
 * (U+202A to U+202E, U+2066 to U+2069), and invalid UTF-8 (RFC 3629). Everything else is copied,
 * backslashes as well. LF is encoded, too: callers pass lines without it. Callers must not cut a
 * character in two, because its parts are invalid UTF-8.
 */
size_t visible_text(char *out, const char *in, size_t len);

/* The most bytes of a stream that are kept back: those of an incomplete character. */
#define VISIBLE_CARRY 3

/*
 * The same for a stream that is cut anywhere. LF is copied, and so is a CR right before it. Bytes
 * that may begin a character, or a CR, are kept back until the next byte is known.
 */
struct visible {
	struct transform transform;
	bool gently; /* see visible_start */
	unsigned char kept[VISIBLE_CARRY + 1];
	size_t count; /* of kept */
};

/*
 * gently: encodes only what changes the state of a terminal: of ASCII the control characters other
 * than NUL, BEL, BS, TAB, LF, VT, FF, CR and DEL; U+0080 to U+009F; and the bytes 0x80 to 0x9f
 * outside of characters.
 */
void visible_start(struct visible *, bool gently);

#endif
