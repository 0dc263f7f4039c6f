#ifndef CODEC_VISIBLE_H
#define CODEC_VISIBLE_H

#include <stddef.h>

/* No byte becomes more than so many. */
#define VISIBLE_GROWTH 4

/*
 * Makes visible what could command a terminal: writes to out, which has room for VISIBLE_GROWTH *
 * len bytes, what becomes of in, and returns how many bytes that is. Control characters (of ASCII
 * but for tab, and U+0080 to U+009F), DEL, the marks that change the direction of text (U+202A to
 * U+202E, U+2066 to U+2069) and what is no valid UTF-8 (RFC 3629) are encoded byte for byte as
 * vis(3) does with VIS_OCTAL | VIS_NL | VIS_NOSLASH: "\033". All else stays, backslashes too: what
 * is visible already stays as it is. LF is a control character; who has lines gives them without.
 * A character must not be cut: its parts are no valid UTF-8.
 */
size_t visible_text(char *out, const char *in, size_t len);

#endif
