#include "codec/ports.h"

#include <string.h>

#include "base/number.h"

/* Longer than any name of a service or any range. */
#define PART_MAX 64

/* Adds a range such as "20-25"; false if part is not one. Changes part. */
static bool
add_range(struct ports *ports, char *part, uint16_t min)
{
	char *dash = strchr(part, '-');
	uint16_t first, last, swap;
	const char *why;

	if (dash == NULL)
		return false;
	*dash = '\0';
	if (!port_parse(&first, part, min, &why) || !port_parse(&last, dash + 1, min, &why))
		return false;
	if (first > last) {
		swap = first;
		first = last;
		last = swap;
	}
	for (int port = first; port <= last; port++)
		ports_add(ports, (uint16_t)port);
	return true;
}

/* Adds one part of the list. A name may contain a dash, so names are tried before ranges. */
static bool
add_part(
    struct ports *ports, char *part, uint16_t min, int (*service)(void *, const char *), void *arg)
{
	const char *why;
	uint16_t port;
	int found;

	if (port_parse(&port, part, min, &why)) {
		ports_add(ports, port);
		return true;
	}
	if (number_digits(part))
		return false;
	found = service != NULL && part[0] != '\0' ? service(arg, part) : -1;
	if (found >= min) {
		ports_add(ports, (uint16_t)found);
		return true;
	}
	return add_range(ports, part, min);
}

bool
ports_parse(struct ports *out, const char *text, uint16_t min, int (*service)(void *, const char *),
    void *arg, const char **bad, size_t *len)
{
	char part[PART_MAX];

	memset(out, 0, sizeof(*out));
	for (*bad = text;; *bad += *len + 1) {
		*len = strcspn(*bad, ",");
		if (*len >= sizeof(part))
			return false;
		memcpy(part, *bad, *len);
		part[*len] = '\0';
		if (!add_part(out, part, min, service, arg))
			return false;
		if ((*bad)[*len] == '\0')
			return true;
	}
}

void
ports_add(struct ports *ports, uint16_t port)
{
	if (ports_has(ports, port))
		return;
	ports->bits[port / 8] |= (uint8_t)(1u << port % 8);
	ports->count++;
}

void
ports_remove(struct ports *ports, uint16_t port)
{
	ports->count -= ports_has(ports, port);
	ports->bits[port / 8] &= (uint8_t) ~(1u << port % 8);
}

bool
ports_has(const struct ports *ports, uint16_t port)
{
	return (ports->bits[port / 8] & 1u << port % 8) != 0;
}

int
ports_next(const struct ports *ports, int from)
{
	for (int port = from; port < PORTS_MAX; port++)
		if (ports_has(ports, (uint16_t)port))
			return port;
	return -1;
}
