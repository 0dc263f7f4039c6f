#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

/*
 * Numbers and durations as users write them. Each parser either accepts the whole text, sets *out
 * and returns true, or returns false, leaves *out unchanged and sets *why to a short static text
 * ("invalid", "too small", "too large").
 */

/* A decimal number from min to max: digits, with an optional minus if min is negative. */
bool number_parse(long long *out, const char *text, long long min, long long max, const char **why);

/* The longest duration that is accepted. */
#define DURATION_MAX (INT64_C(100) * 366 * 24 * 3600 * CLOCK_S)

/*
 * A duration in nanoseconds, up to 100 years: a decimal number with an optional fraction (".5" is
 * "0.5") and an optional unit (ms, s, m, h; default s). Fractions of a nanosecond are truncated.
 */
bool duration_parse(int64_t *out, const char *text, const char **why);

/* A duration as text in ms or s ("250ms", "1.5s"). Returns buf. */
char *duration_text(char buf[static 32], int64_t duration);

/*
 * A number of bytes from min to max: decimal, with an optional unit k, M or G for 1024, 1024^2 or
 * 1024^3 bytes.
 */
bool size_parse(long long *out, const char *text, long long min, long long max, const char **why);

/* A number of bytes for people: "512 B", "1.2 GiB", at most seven characters. Returns buf. */
char *size_text(char buf[static 16], uint64_t bytes);

/* The same in a few characters: "512", "1.2G". */
char *size_text_short(char buf[static 16], uint64_t bytes);

/* A duration as a clock shows it: "0:05", "1:02:03"; "-:--" for CLOCK_NEVER. Returns buf. */
char *elapsed_text(char buf[static 32], int64_t duration);

/* Permissions of a file, in octal, at most 777. */
bool permissions_parse(long long *out, const char *text, const char **why);

/* A TCP or UDP port from min (0 or 1) to 65535, decimal. */
bool port_parse(uint16_t *out, const char *text, uint16_t min, const char **why);

/* Whether text consists of decimal digits only, at least one. */
bool number_digits(const char *text);

#endif
