#ifndef UNIT_VALID_JSON_H
#define UNIT_VALID_JSON_H

/* A reader of RFC 8259 that is as strict as it gets, for objects whose members hold no objects. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
	const unsigned char *at, *end;
};

static inline bool
take(struct text *t, const char *word)
{
	const size_t len = strlen(word);

	if ((size_t)(t->end - t->at) < len || memcmp(t->at, word, len) != 0)
		return false;
	t->at += len;
	return true;
}

static inline bool
take_between(struct text *t, unsigned char first, unsigned char last)
{
	if (t->at == t->end || *t->at < first || *t->at > last)
		return false;
	t->at++;
	return true;
}

/* RFC 3629, 4. */
static inline bool
take_utf8(struct text *t)
{
	static const unsigned char leads[][4] = {{0xc2, 0xdf, 0x80, 0xbf}, {0xe0, 0xe0, 0xa0, 0xbf},
	    {0xe1, 0xec, 0x80, 0xbf}, {0xed, 0xed, 0x80, 0x9f}, {0xee, 0xef, 0x80, 0xbf},
	    {0xf0, 0xf0, 0x90, 0xbf}, {0xf1, 0xf3, 0x80, 0xbf}, {0xf4, 0xf4, 0x80, 0x8f}};

	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
		const int more = leads[i][0] >= 0xf0 ? 2 : leads[i][0] >= 0xe0 ? 1 : 0;

		if (!take_between(t, leads[i][0], leads[i][1]))
			continue;
		return take_between(t, leads[i][2], leads[i][3]) &&
		       (more < 1 || take_between(t, 0x80, 0xbf)) &&
		       (more < 2 || take_between(t, 0x80, 0xbf));
	}
	return false;
}

static inline bool
take_hex(struct text *t)
{
	return take_between(t, '0', '9') || take_between(t, 'a', 'f') || take_between(t, 'A', 'F');
}

/* Only what needs one has an escape; none is half of a surrogate pair. */
static inline bool
take_escape(struct text *t)
{
	if (take(t, "\"") || take(t, "\\"))
		return true;
	return take(t, "u") && !take(t, "d") && take_hex(t) && take_hex(t) && take_hex(t) &&
	       take_hex(t);
}

static inline bool
take_string(struct text *t)
{
	if (!take(t, "\""))
		return false;
	while (!take(t, "\""))
		if (take(t, "\\") ? !take_escape(t) : !take_between(t, ' ', 0x7e) && !take_utf8(t))
			return false;
	return true;
}

static inline bool
take_digits(struct text *t)
{
	if (!take_between(t, '0', '9'))
		return false;
	while (take_between(t, '0', '9'))
		;
	return true;
}

static inline bool
take_plain(struct text *t)
{
	if (take(t, "true") || take(t, "false"))
		return true;
	if (!take(t, "0") && !(take_between(t, '1', '9') && (take_digits(t) || true)))
		return false;
	return !take(t, ".") || take_digits(t);
}

static inline bool
take_value(struct text *t)
{
	if (!take(t, "["))
		return take_string(t) || take_plain(t);
	if (take(t, "]"))
		return true;
	do
		if (!take_string(t) && !take_plain(t))
			return false;
	while (take(t, ","));
	return take(t, "]");
}

/* Whether this is one object, and nothing behind it. */
static inline bool
is_json(const char *text, size_t len)
{
	struct text t = {(const unsigned char *)text, (const unsigned char *)text + len};

	if (!take(&t, "{"))
		return false;
	if (take(&t, "}"))
		return t.at == t.end;
	do
		if (!take_string(&t) || !take(&t, ":") || !take_value(&t))
			return false;
	while (take(&t, ","));
	return take(&t, "}") && t.at == t.end;
}

#endif
