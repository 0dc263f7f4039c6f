#ifndef CODEC_CHAT_H
#define CODEC_CHAT_H

#include <stdbool.h>
#include <stddef.h>

/* What one member of a chat says, line by line. */
struct chat {
	unsigned long long number; /* the member's */
	void (*say)(void *arg, const char *text, size_t len);
	void *arg;
	char *line; /* what has come of a line; NULL: nothing */
	size_t len;
	bool cut; /* the beginning of the line was said already */
};

/*
 * Takes up to len bytes, to the end of a line at most. Returns how many. say is called with a line
 * that is complete, or too long, and with who says it: there is nothing in it that commands a
 * terminal. What there is no memory for is lost.
 */
size_t chat_take(struct chat *, const char *data, size_t len);

/* No more will come: a line that has been begun counts. */
void chat_end(struct chat *);

void chat_free(struct chat *);

#endif
