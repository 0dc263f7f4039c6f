#ifndef CODEC_CHAT_H
#define CODEC_CHAT_H

#include <stdbool.h>
#include <stddef.h>

/* The lines that one member of a chat sends. */
struct chat {
	unsigned long long number; /* the member's */
	void (*say)(void *arg, const char *text, size_t len);
	void *arg;
	char *line; /* the line so far; NULL: none */
	size_t len;
	bool cut; /* the line was too long, and its beginning has been passed on */
};

/*
 * Takes up to len bytes, but not beyond the end of a line, and returns how many. When a line is
 * complete, or too long, say is called with it: prefixed with the member's name, and with control
 * characters made visible. Without memory for a line the bytes are lost.
 */
size_t chat_take(struct chat *, const char *data, size_t len);

/* No more bytes will come: passes on an incomplete line. */
void chat_end(struct chat *);

void chat_free(struct chat *);

#endif
