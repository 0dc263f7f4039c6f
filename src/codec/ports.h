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
 * Fills out from "80", "http", "20-25", "22,80,8000-8100": numbers from min to 65535, names, and
 * ranges of numbers, in whichever order, separated by commas. service finds the port of a name,
 * -1 when there is none; it may be NULL. False with *bad and *len the part of text that is wrong.
 */
bool ports_parse(struct ports *out, const char *text, uint16_t min,
    int (*service)(void *arg, const char *name), void *arg, const char **bad, size_t *len);

void ports_add(struct ports *, uint16_t port);
void ports_remove(struct ports *, uint16_t port);
bool ports_has(const struct ports *, uint16_t port);

/* The first port of the set that is not below from; -1 when there is none. */
int ports_next(const struct ports *, int from);

#endif
