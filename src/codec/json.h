#ifndef CODEC_JSON_H
#define CODEC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Writes one JSON object (RFC 8259) into a buffer, on one line, whatever the strings contain. What
 * does not fit is left out: a string is shortened and ends with U+2026 then; a number, or a string
 * of which nothing fits, is left out with its name. So members that matter come first.
 */
struct json {
	char *buf;
	size_t size, used;
	size_t open;   /* brackets to be closed, for which there is room */
	bool separate; /* the next member or item needs a comma */
};

/* The smallest buffer, and the most bytes of one string. */
#define JSON_MIN 2
#define JSON_STRING_MAX 1024

/* Starts an object in buf of size bytes. */
void json_begin(struct json *, char *buf, size_t size);

/* Ends it. Returns its length; there is no NUL behind it. */
size_t json_end(struct json *);

/*
 * Members of the object; name is ASCII without quotes and backslashes. In an array name is NULL.
 * Strings are escaped where JSON or a terminal needs it; each byte that is not valid UTF-8 becomes
 * U+FFFD.
 */
void json_string(struct json *, const char *name, const char *text);
void json_bytes(struct json *, const char *name, const char *bytes, size_t len);
void json_number(struct json *, const char *name, uint64_t);
void json_bool(struct json *, const char *name, bool);
/* Nanoseconds, 0 or more, as seconds with six decimals. */
void json_seconds(struct json *, const char *name, int64_t);

/* An array as a member. False if there is no room for it: then it is not ended. */
bool json_array(struct json *, const char *name);
void json_array_end(struct json *);

#endif
