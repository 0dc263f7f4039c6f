#include "codec/words.h"

#include <string.h>

#define BLANKS " \t\n"

/* Copies what follows an opening ' up to the closing one. */
static bool
take_single(char **room, const char **text)
{
	const size_t len = strcspn(*text, "'");

	if ((*text)[len] == '\0')
		return false;
	memcpy(*room, *text, len);
	*room += len;
	*text += len + 1;
	return true;
}

/* Copies what follows an opening " up to the closing one. */
static bool
take_double(char **room, const char **text)
{
	const char *at = *text;

	for (; *at != '"'; at++) {
		if (*at == '\\' && (at[1] == '"' || at[1] == '\\'))
			at++;
		if (*at == '\0')
			return false;
		*(*room)++ = *at;
	}
	*text = at + 1;
	return true;
}

/* Copies a byte, or a quoted part. */
static bool
take_part(char **room, const char **text, const char **why)
{
	const char c = *(*text)++;

	*why = "a quote is not closed";
	if (c == '\'')
		return take_single(room, text);
	if (c == '"')
		return take_double(room, text);
	*why = "a backslash at the end";
	if (c == '\\' && **text == '\0')
		return false;
	*(*room)++ = c == '\\' ? *(*text)++ : c;
	return true;
}

bool
words_split(char *room, char **words, size_t max, const char *text, const char **why)
{
	size_t count = 0;

	for (text += strspn(text, BLANKS); *text != '\0'; text += strspn(text, BLANKS)) {
		*why = "too many words";
		if (count == max)
			return false;
		words[count++] = room;
		while (*text != '\0' && strchr(BLANKS, *text) == NULL)
			if (!take_part(&room, &text, why))
				return false;
		*room++ = '\0';
	}
	words[count] = NULL;
	*why = "empty";
	return count > 0;
}
