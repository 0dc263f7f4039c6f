#include "codec/framing.h"

#include <stdint.h>
#include <string.h>

static enum split
split_line(const char *data, size_t len, size_t max, size_t *size, size_t *used)
{
	const char *newline = memchr(data, '\n', len < max + 1 ? len : max + 1);

	if (newline == NULL)
		return len > max ? SPLIT_TOO_LONG : SPLIT_MORE;
	*size = (size_t)(newline - data);
	*used = *size + 1;
	return SPLIT_DONE;
}

static enum split
split_text(const char *data, size_t len, size_t max, size_t *size, size_t *used)
{
	const char *newline = memchr(data, '\n', len < max ? len : max);

	if (newline == NULL)
		return len > max ? SPLIT_TOO_LONG : SPLIT_MORE;
	*size = *used = (size_t)(newline - data) + 1;
	return SPLIT_DONE;
}

static enum split
split_frame(const char *data, size_t len, size_t max, size_t *skip, size_t *size, size_t *used)
{
	const unsigned char *mark = (const unsigned char *)data;

	if (len < FRAMING_MARK)
		return SPLIT_MORE;
	*skip = FRAMING_MARK;
	*size = (size_t)mark[0] << 24 | (size_t)mark[1] << 16 | (size_t)mark[2] << 8 | mark[3];
	if (*size > max)
		return SPLIT_TOO_LONG;
	*used = FRAMING_MARK + *size;
	return len < *used ? SPLIT_MORE : SPLIT_DONE;
}

enum split
framing_split(enum framing framing, const char *data, size_t len, size_t max, size_t *skip,
    size_t *size, size_t *used)
{
	*skip = 0;
	if (framing == FRAMING_LINES)
		return split_line(data, len, max, size, used);
	if (framing == FRAMING_TEXT)
		return split_text(data, len, max, size, used);
	return split_frame(data, len, max, skip, size, used);
}

enum split
framing_rest(enum framing framing, size_t len)
{
	return framing != FRAMING_FRAMES || len == 0 ? SPLIT_DONE : SPLIT_MORE;
}

void
framing_marks(enum framing framing, const char *message, size_t size, char before[FRAMING_MARK],
    size_t *before_len, char behind[FRAMING_MARK], size_t *behind_len)
{
	*before_len = *behind_len = 0;
	if (framing == FRAMING_LINES && (size == 0 || message[size - 1] != '\n'))
		behind[(*behind_len)++] = '\n';
	if (framing != FRAMING_FRAMES)
		return;
	for (int shift = 24; shift >= 0; shift -= 8)
		before[(*before_len)++] = (char)((uint32_t)size >> shift & 0xff);
}
