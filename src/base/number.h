#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

/*
 * Numbers and durations as users write them. Each parser takes the whole text or nothing: true and
 * *out set, or false with *out untouched and *why a short static text ("invalid", "too small",
 * "too large").
 */

/* A decimal number from min to max: digits, and a leading minus where min is negative. */
bool number_parse(long long *out, const char *text, long long min, long long max, const char **why);

/* The longest duration that anybody can give. */
#define DURATION_MAX (INT64_C(100) * 366 * 24 * 3600 * CLOCK_S)

/*
 * A duration: decimal with an optional fraction and an optional unit (ms, s, m, h; a plain number
 * is seconds; ".5" is "0.5"), up to 100 years, in nanoseconds. Fractions below a nanosecond are
 * dropped.
 */
bool duration_parse(int64_t *out, const char *text, const char **why);

/* A duration as text, in the unit that reads best ("250ms", "1.5s"), into buf. Returns buf. */
char *duration_text(char buf[static 32], int64_t duration);

/*
 * A number of bytes from min to max: decimal, and k, M or G behind it for 1024, 1024^2 or 1024^3 of
 * them (expand_number(3)).
 */
bool size_parse(long long *out, const char *text, long long min, long long max, const char **why);

/* The permissions of a file, in octal, up to 777. */
bool permissions_parse(long long *out, const char *text, const char **why);

/* A TCP or UDP port from min (0 or 1) to 65535, decimal alone. */
bool port_parse(uint16_t *out, const char *text, uint16_t min, const char **why);

/* Whether text is digits and nothing else. */
bool number_digits(const char *text);

#endif
