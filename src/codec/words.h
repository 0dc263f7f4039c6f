#ifndef CODEC_WORDS_H
#define CODEC_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Splits a command line into words, as a shell would one without expansions: blanks and newlines
 * separate, '...' keeps all, "..." keeps all but \" and \\, a backslash elsewhere keeps the next
 * byte. room has space for strlen(text) + 1 bytes and gets the words, each with its NUL; words gets
 * at most max pointers into it, and NULL behind the last (so max + 1 in all). False with *why a
 * short static text ("empty", "too many words", "a quote is not closed", "a backslash at the end").
 */
bool words_split(char *room, char **words, size_t max, const char *text, const char **why);

#endif
