#include "codec/chat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/visible.h"

/* A longer line is split. */
#define LINE_MAX_BYTES ((size_t)4096)

/* Passes on a line, prefixed with the member's name, control characters made visible. */
static void
chat_emit(struct chat *c, const char *line, size_t len)
{
	char text[32 + VISIBLE_GROWTH * LINE_MAX_BYTES];
	size_t used = (size_t)snprintf(text, sizeof(text), "<user%llu> ", c->number);

	used += visible_text(text + used, line, len);
	text[used++] = '\n';
	c->say(c->arg, text, used);
}

/*
 * Where to split a line that is too long: not inside a UTF-8 character (RFC 3629), and not after a
 * CR, whose newline may follow.
 */
static size_t
cut_position(const char *line, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)line;
	size_t behind = 0; /* bytes after the first byte of the last character */
	size_t size;

	if (bytes[len - 1] == '\r')
		return len - 1;
	while (behind < 3 && (bytes[len - 1 - behind] & 0xc0) == 0x80)
		behind++;
	size = bytes[len - 1 - behind] >= 0xf0 ? 4 : bytes[len - 1 - behind] >= 0xe0 ? 3 : 2;
	return bytes[len - 1 - behind] >= 0xc0 && behind + 1 < size ? len - 1 - behind : len;
}

/* Passes on the first len bytes of the line so far, and keeps the rest. */
static void
emit_line(struct chat *c, size_t len)
{
	chat_emit(c, c->line, len);
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
	const size_t room = LINE_MAX_BYTES - c->len;
	const size_t taken = size < room ? size : room;

	if (c->line == NULL && (c->line = malloc(LINE_MAX_BYTES)) == NULL)
		return len;
	memcpy(c->line + c->len, data, taken);
	c->len += taken;
	if (taken < size || (newline == NULL && c->len == LINE_MAX_BYTES)) {
		emit_line(c, cut_position(c->line, c->len));
		c->cut = true;
	} else if (newline != NULL) {
		if (c->len > 0 && c->line[c->len - 1] == '\r')
			c->len--;
		/* If all of it was passed on before the newline came, there is no empty line to
		 * pass on. */
		if (c->len > 0 || !c->cut)
			emit_line(c, c->len);
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
