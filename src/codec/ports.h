#ifndef CODEC_PORTS_H
#define CODEC_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PORTS_MAX 65536

/* A set of ports. */
struct ports {
	size_t count;
	uint8_t bits[PORTS_MAX / 8];
};

/*
 * Parses a list such as "80", "http", "20-25" or "22,80,8000-8100": numbers from min to 65535,
 * names of services, and ranges of numbers in either direction, separated by commas. service
 * returns the port of a name, or -1; it may be NULL. On failure *bad and *len are the part of text
 * that is wrong.
 */
bool ports_parse(struct ports *out, const char *text, uint16_t min,
    int (*service)(void *arg, const char *name), void *arg, const char **bad, size_t *len);

void ports_add(struct ports *, uint16_t port);
void ports_remove(struct ports *, uint16_t port);
bool ports_has(const struct ports *, uint16_t port);

/* The lowest port of the set that is >= from; -1 if there is none. */
int ports_next(const struct ports *, int from);

#endif
