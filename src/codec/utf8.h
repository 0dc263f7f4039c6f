#ifndef CODEC_UTF8_H
#define CODEC_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What bytes begin with. */
enum utf8 { UTF8_CHARACTER, UTF8_INVALID, UTF8_INCOMPLETE };

/*
 * Decodes the first UTF-8 character (RFC 3629) of in, which has len bytes and at least one, into
 * *c, and sets *size to its length in bytes. Both are only meaningful with UTF8_CHARACTER.
 */
enum utf8 utf8_decode(uint32_t *c, size_t *size, const unsigned char *in, size_t len);

/*
 * Whether a character controls a terminal instead of being shown: control characters except tab,
 * and those that change the direction of text (U+202A to U+202E, U+2066 to U+2069).
 */
bool utf8_is_command(uint32_t c);

#endif
