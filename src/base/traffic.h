#ifndef BASE_TRAFFIC_H
#define BASE_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Parses a traffic class, the eight bits of IPv4's TOS or IPv6's traffic class: a keyword of nc(1),
 * the name of a code point (RFC 2474, 2597, 3246, 5865, 8622: "ef", "af41", "cs3", "va", "le"), or
 * a number from 0 to 255, decimal or hexadecimal (0x...). On failure *out is unchanged.
 */
bool traffic_class_parse(long long *out, const char *text);

/* The name of the i-th class, NULL after the last one. */
const char *traffic_class_name(size_t i);

#endif
