#include "codec/chat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/visible.h"

/* The longest line, after which another one begins. */
#define LINE_LONGEST ((size_t)4096)

/* A whole line of a chat, with who has said it, and nothing in it that commands a terminal. */
static void
say_line(struct chat *c, const char *line, size_t len)
{
	char text[32 + VISIBLE_GROWTH * LINE_LONGEST];
	size_t used = (size_t)snprintf(text, sizeof(text), "<user%llu> ", c->number);

	used += visible_text(text + used, line, len);
	text[used++] = '\n';
	c->say(c->arg, text, used);
}

/*
 * Where a line that is full can be cut: not in the middle of a character of UTF-8 (RFC 3629), and
 * not before a newline that a CR announces.
 */
static size_t
cut_of(const char *line, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)line;
	size_t behind = 0; /* the byte that begins the last character */
	size_t size;

	if (bytes[len - 1] == '\r')
		return len - 1;
	while (behind < 3 && (bytes[len - 1 - behind] & 0xc0) == 0x80)
		behind++;
	size = bytes[len - 1 - behind] >= 0xf0 ? 4 : bytes[len - 1 - behind] >= 0xe0 ? 3 : 2;
	return bytes[len - 1 - behind] >= 0xc0 && behind + 1 < size ? len - 1 - behind : len;
}

/* Tells the first len bytes of what has come of a line, and keeps the rest. */
static void
tell_line(struct chat *c, size_t len)
{
	say_line(c, c->line, len);
	c->len -= len;
	memmove(c->line, c->line + len, c->len);
	if (c->len == 0)
		chat_free(c);
}

size_t
chat_take(struct chat *c, const char *data, size_t len)
{
	const char *newline = memchr(data, '\n', len);
	const size_t size = newline != NULL ? (size_t)(newline - data) : len;
	const size_t room = LINE_LONGEST - c->len;
	const size_t taken = size < room ? size : room;

	if (c->line == NULL && (c->line = malloc(LINE_LONGEST)) == NULL)
		return len;
	memcpy(c->line + c->len, data, taken);
	c->len += taken;
	if (taken < size || (newline == NULL && c->len == LINE_LONGEST)) {
		tell_line(c, cut_of(c->line, c->len));
		c->cut = true;
	} else if (newline != NULL) {
		if (c->len > 0 && c->line[c->len - 1] == '\r')
			c->len--;
		/* The end of a line that has been told already is no line. */
		if (c->len > 0 || !c->cut)
			tell_line(c, c->len);
		c->cut = false;
		return taken + 1;
	}
	return taken;
}

void
chat_end(struct chat *c)
{
	if (c->len > 0)
		(void)chat_take(c, "\n", 1);
}

void
chat_free(struct chat *c)
{
	free(c->line);
	c->line = NULL;
}
