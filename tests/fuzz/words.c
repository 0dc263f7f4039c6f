/*
 * Any command line is split or refused as a plain model says; words that are quoted, whichever way,
 * come back as they were. The first byte says how many words fit.
 */
#include "codec/words.h"

#include "fuzz.h"

#define WORDS_MAX 16

/*
 * The same, byte for byte: out gets the words, each with its NUL, *used bytes. Returns what is
 * wrong, NULL if nothing is.
 */
static const char *
expect(char *out, size_t *used, size_t *count, const char *text, size_t max)
{
	char quote = '\0';
	bool in_word = false;

	*used = *count = 0;
	for (size_t i = 0; text[i] != '\0'; i++) {
		const char c = text[i], next = text[i + 1];
		const bool blank = quote == '\0' && (c == ' ' || c == '\t' || c == '\n');

		if (blank && in_word)
			out[(*used)++] = '\0';
		if (!blank && !in_word && ++*count > max)
			return "too many words";
		in_word = !blank;
		if (blank)
			continue;
		if (quote == '\0' && (c == '\'' || c == '"')) {
			quote = c;
		} else if (c == quote) {
			quote = '\0';
		} else if (c == '\\' && quote == '\0') {
			if (next == '\0')
				return "a backslash at the end";
			out[(*used)++] = text[++i];
		} else if (c == '\\' && quote == '"' && (next == '"' || next == '\\')) {
			out[(*used)++] = text[++i];
		} else {
			out[(*used)++] = c;
		}
	}
	if (in_word)
		out[(*used)++] = '\0';
	if (quote != '\0')
		return "a quote is not closed";
	return *count == 0 ? "empty" : NULL;
}

/* Splits a text in spaces without a byte too many; the words are what they are expected to be. */
static void
check_split(const char *text, size_t max)
{
	const size_t size = strlen(text) + 1;
	char *room = malloc(size), *expected = malloc(size);
	char **words = malloc((max + 1) * sizeof(*words));
	const char *why = NULL, *wrong, *at = expected;
	size_t used, count;

	wrong = expect(expected, &used, &count, text, max);
	assert(words_split(room, words, max, text, &why) == (wrong == NULL));
	if (wrong != NULL) {
		assert(strcmp(why, wrong) == 0);
	} else {
		assert(count <= max && used <= size && words[count] == NULL);
		for (size_t i = 0; i < count; at += strlen(at) + 1, i++) {
			assert(words[i] >= room && words[i] < room + size);
			assert(strcmp(words[i], at) == 0);
		}
	}
	free(words);
	free(expected);
	free(room);
}

/* Quotes a word one of three ways. */
static size_t
quote(char *out, const char *word, size_t way)
{
	size_t used = 0;

	if (way % 3 < 2)
		out[used++] = way % 3 == 0 ? '\'' : '"';
	for (; *word != '\0'; word++) {
		if (way % 3 == 0 && *word == '\'') {
			memcpy(out + used, "'\\''", 4);
			used += 4;
			continue;
		}
		if (way % 3 == 2 || (way % 3 == 1 && (*word == '"' || *word == '\\')))
			out[used++] = '\\';
		out[used++] = *word;
	}
	if (way % 3 < 2)
		out[used++] = way % 3 == 0 ? '\'' : '"';
	return used;
}

/* The NULs of text end words, which are quoted, joined and split again. */
static void
check_round_trip(const char *text, size_t len, size_t way)
{
	char line[6 * TEXT_MAX], room[6 * TEXT_MAX], *words[TEXT_MAX + 2];
	const char *why, *at = text;
	size_t used = 0, count = 0;

	for (; at <= text + len; at += strlen(at) + 1) {
		/* With nothing around it an empty word would be none. */
		used += quote(line + used, at, *at == '\0' ? way % 2 : way + count);
		line[used++] = " \t\n"[count++ % 3];
	}
	line[used] = '\0';
	assert(words_split(room, words, count, line, &why));
	assert(words[count] == NULL);
	for (size_t i = 0; i < count; i++, text += strlen(text) + 1)
		assert(strcmp(words[i], text) == 0);
	assert(!words_split(room, words, count - 1, line, &why));
	assert(strcmp(why, "too many words") == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size < 1 || size > TEXT_MAX)
		return 0;
	text = malloc(size);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	check_split(text, data[0] % (WORDS_MAX + 1));
	check_round_trip(text, size - 1, data[0]);
	free(text);
	return 0;
}
