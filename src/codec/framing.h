#ifndef CODEC_FRAMING_H
#define CODEC_FRAMING_H

#include <stddef.h>

/* How a byte stream marks the messages in it. */
enum framing {
	FRAMING_NONE,  /* not at all */
	FRAMING_LINES, /* each line is a message; so is the rest after the last newline */
	FRAMING_TEXT,  /* the same, and the newline is part of the message */
	FRAMING_FRAMES /* each message follows its length: four bytes, big-endian */
};

/* The longest message in a stream, and the longest mark. */
#define FRAMING_MAX ((size_t)16 << 20)
#define FRAMING_MARK 4

enum split {
	SPLIT_DONE,
	SPLIT_MORE,    /* the message is incomplete */
	SPLIT_TOO_LONG /* the message is longer than max */
};

/*
 * Finds the first message in len bytes of a stream. With SPLIT_DONE the message is the *size bytes
 * at data + *skip, and occupies *used bytes including its mark. max: the longest message allowed.
 */
enum split framing_split(enum framing, const char *data, size_t len, size_t max, size_t *skip,
    size_t *size, size_t *used);

/*
 * What the last len bytes of a stream are. SPLIT_DONE: a message, or nothing if len is 0.
 * SPLIT_MORE: the stream has ended inside a message.
 */
enum split framing_rest(enum framing, size_t len);

/*
 * Sets the bytes that precede and follow a message of size bytes in a stream, and their lengths. A
 * line that already ends in a newline gets no other.
 */
void framing_marks(enum framing, const char *message, size_t size, char before[FRAMING_MARK],
    size_t *before_len, char behind[FRAMING_MARK], size_t *behind_len);

#endif
