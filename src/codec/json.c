#include "codec/json.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "codec/utf8.h"

#define ELLIPSIS "\xe2\x80\xa6"    /* U+2026 */
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define MARK (sizeof(ELLIPSIS) - 1)

/* The longest of one character: a UTF-16 escape. */
#define CHARACTER_MAX 8

static size_t
json_room(const struct json *j)
{
	return j->size - j->used - j->open;
}

static void
json_put(struct json *j, const char *text, size_t len)
{
	memcpy(j->buf + j->used, text, len);
	j->used += len;
}

void
json_begin(struct json *j, char *buf, size_t size)
{
	assert(size >= JSON_MIN);
	*j = (struct json){.buf = buf, .size = size, .open = 1};
	json_put(j, "{", 1);
}

size_t
json_end(struct json *j)
{
	assert(j->open == 1);
	json_put(j, "}", 1);
	return j->used;
}

/* Writes the name of a member if there is room for it and len bytes more. */
static bool
json_name(struct json *j, const char *name, size_t len)
{
	const size_t name_len = name != NULL ? strlen(name) : 0;
	const size_t needed = len + (j->separate ? 1 : 0) + (name != NULL ? name_len + 3 : 0);

	if (needed > json_room(j))
		return false;
	if (j->separate)
		json_put(j, ",", 1);
	if (name != NULL) {
		json_put(j, "\"", 1);
		json_put(j, name, name_len);
		json_put(j, "\":", 2);
	}
	j->separate = true;
	return true;
}

/* A value that is written as it is. */
static void
json_plain(struct json *j, const char *name, const char *text)
{
	const size_t len = strlen(text);

	if (json_name(j, name, len))
		json_put(j, text, len);
}

/* Encodes the first character of in. Returns its length there; *size: in out. */
static size_t
encode(char out[static CHARACTER_MAX], size_t *size, const char *in, size_t len)
{
	uint32_t c = 0;
	size_t taken;

	if (utf8_decode(&c, &taken, (const unsigned char *)in, len) != UTF8_CHARACTER) {
		memcpy(out, REPLACEMENT, MARK);
		*size = MARK;
		return 1;
	}
	if (c == '"' || c == '\\') {
		out[0] = '\\';
		out[1] = (char)c;
		*size = 2;
	} else if (c == '\t' || utf8_is_command(c)) {
		*size = (size_t)snprintf(out, CHARACTER_MAX, "\\u%04" PRIx32, c);
	} else {
		memcpy(out, in, taken);
		*size = taken;
	}
	return taken;
}

void
json_bytes(struct json *j, const char *name, const char *bytes, size_t len)
{
	char piece[CHARACTER_MAX];
	size_t start, limit, whole, size;

	/* A string of which nothing would be left is not worth its name. */
	if (!json_name(j, name, len == 0 ? 2 : 2 + MARK))
		return;
	json_put(j, "\"", 1);
	start = whole = j->used;
	limit = json_room(j) - 1;
	limit = limit < JSON_STRING_MAX ? limit : JSON_STRING_MAX;
	for (size_t i = 0; i < len;) {
		i += encode(piece, &size, bytes + i, len - i);
		if (j->used - start + size > limit) {
			j->used = whole;
			json_put(j, ELLIPSIS, MARK);
			break;
		}
		json_put(j, piece, size);
		/* Up to here it can be shortened. */
		if (j->used - start + MARK <= limit)
			whole = j->used;
	}
	json_put(j, "\"", 1);
}

void
json_string(struct json *j, const char *name, const char *text)
{
	json_bytes(j, name, text, strlen(text));
}

void
json_number(struct json *j, const char *name, uint64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	json_plain(j, name, text);
}

void
json_bool(struct json *j, const char *name, bool value)
{
	json_plain(j, name, value ? "true" : "false");
}

void
json_seconds(struct json *j, const char *name, int64_t duration)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64 ".%06" PRId64, duration / CLOCK_S,
	    duration % CLOCK_S / (CLOCK_MS / 1000));
	json_plain(j, name, text);
}

bool
json_array(struct json *j, const char *name)
{
	if (!json_name(j, name, 2))
		return false;
	json_put(j, "[", 1);
	j->open++;
	j->separate = false;
	return true;
}

void
json_array_end(struct json *j)
{
	j->open--;
	json_put(j, "]", 1);
	j->separate = true;
}
