#ifndef BASE_TRAFFIC_H
#define BASE_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A traffic class, the eight bits of IPv4's TOS and IPv6's traffic class: a keyword of nc(1)'s, a
 * name of a code point (RFC 2474, 2597, 3246, 5865, 8622: "ef", "af41", "cs3", "va", "le"), or a
 * number from 0 to 255, decimal or hexadecimal (0x...). False with *out untouched.
 */
bool traffic_class_parse(long long *out, const char *text);

/* The name of a class, or NULL behind the last one. */
const char *traffic_class_name(size_t i);

#endif
