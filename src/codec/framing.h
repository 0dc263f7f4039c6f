#ifndef CODEC_FRAMING_H
#define CODEC_FRAMING_H

#include <stddef.h>

/* How a byte stream marks the messages in it. */
enum framing {
	FRAMING_NONE,  /* it does not */
	FRAMING_LINES, /* each is a line; what is behind the last newline is one, too */
	FRAMING_TEXT,  /* the same, and the newline is part of it */
	FRAMING_FRAMES /* four bytes, big-endian, say how many bytes of it follow */
};

/* The longest message in a stream, and the most bytes that mark one. */
#define FRAMING_MAX ((size_t)16 << 20)
#define FRAMING_MARK 4

enum split {
	SPLIT_DONE,
	SPLIT_MORE,    /* this is only the beginning of a message */
	SPLIT_TOO_LONG /* it is longer than max, or will be */
};

/*
 * Finds the first message in len bytes of a stream. With SPLIT_DONE it begins *skip bytes into data
 * and is *size long, and *used bytes belong to it, its mark included. Takes no message that is
 * longer than max.
 */
enum split framing_split(enum framing, const char *data, size_t len, size_t max, size_t *skip,
    size_t *size, size_t *used);

/*
 * What is left at the end of a stream: SPLIT_DONE, and it is a message or, with len 0, nothing; or
 * SPLIT_MORE: the stream has ended inside a message.
 */
enum split framing_rest(enum framing, size_t len);

/*
 * What is to stand before and behind a message of size bytes in a stream. Both texts have room for
 * FRAMING_MARK bytes; their lengths are *before_len and *behind_len. A line that ends in a newline
 * already gets none.
 */
void framing_marks(enum framing, const char *message, size_t size, char before[FRAMING_MARK],
    size_t *before_len, char behind[FRAMING_MARK], size_t *behind_len);

#endif
