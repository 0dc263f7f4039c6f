#ifndef MODE_PLACE_H
#define MODE_PLACE_H

#include <stdbool.h>
#include <stdint.h>

/* Where a relay leads, as --to says it. */
struct place {
	const char *text; /* as given; NULL: there is no relay */
	int type;         /* SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET */
	const char *path; /* of a unix socket; NULL: an IP address */
	char host[256];
	const char *port; /* as given, and what it is */
	uint16_t port_number;
};

#endif
