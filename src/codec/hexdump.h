#ifndef CODEC_HEXDUMP_H
#define CODEC_HEXDUMP_H

#include <stddef.h>
#include <stdint.h>

/* How many bytes a full line shows. */
#define HEXDUMP_BYTES ((size_t)16)

/* The longest line, with its newline: the offset, hex, text, and what is between them. */
#define HEXDUMP_LINE (16 + 2 + 3 * HEXDUMP_BYTES + 1 + 1 + HEXDUMP_BYTES + 1 + 1)

/* The size of a buffer for the dump of len bytes. */
size_t hexdump_size(size_t len);

/*
 * Writes len bytes as lines: the offset in at least eight hexadecimal digits, two spaces, each byte
 * in hexadecimal with one space between bytes, and the bytes as text between bars, where a dot
 * stands for what is not printable ASCII. offset is that of the first byte. `xxd -r` gives back the
 * bytes: it takes a second space for the end of a line's bytes, so that there is no wider gap in
 * the middle. out has room for hexdump_size(len) bytes and is not terminated. Returns the length.
 */
size_t hexdump(char *out, uint64_t offset, const char *data, size_t len);

#endif
