#ifndef CODEC_WORDS_H
#define CODEC_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Splits a command line into words, like a shell but without expansions. Blanks and newlines
 * separate words. Everything between single quotes is literal; between double quotes, everything
 * except \" and \\; outside quotes a backslash makes the next byte literal. room, of at least
 * strlen(text) + 1 bytes, receives the words; words receives at most max pointers into it, and then
 * NULL (max + 1 elements). On failure *why is a short static text ("empty", "too many words", "a
 * quote is not closed", "a backslash at the end").
 */
bool words_split(char *room, char **words, size_t max, const char *text, const char **why);

#endif
