#ifndef OPEN_DESTINATION_H
#define OPEN_DESTINATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/error.h"
#include "base/event.h"
#include "codec/ports.h"
#include "net/settings.h"
#include "open/layer.h"

/* Whom to connect to, and from where. Whatever it points to outlives its use. */
struct destination {
	const char *text; /* what messages call it; NULL: its host and port */
	int type;         /* SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET */
	const char *path; /* of a unix socket; NULL: there is a host */

	const char *host;
	int family;                /* AF_UNSPEC, AF_INET or AF_INET6 */
	bool numeric;              /* of hosts and services: no name is looked up */
	const char *port_text;     /* as given */
	uint16_t port;             /* the only one, or the lowest */
	const struct ports *ports; /* NULL: there is one only */

	const char
	    *source; /* the host or path that sockets are bound to; NULL: the system chooses */
	uint16_t source_port; /* 0: the system chooses */
	bool concurrent;      /* several sockets at a time are connected, none of them for long */
	bool unconnected;     /* a socket isn't connected to an address that stands for many */
	bool prefixed;        /* it was given as KIND:ADDRESS, and advice is given so, too */

	const struct settings *settings;
	const struct layer *const *layers; /* on top of a connection; see open/layer.h */
};

#define DESTINATION_NAME (ADDRESS_TEXT + 300)

/* What messages call the destination, with this one of its ports. Returns buf. */
char *destination_name(
    char buf[static DESTINATION_NAME], const struct destination *, uint16_t port);

/* Tells that a connection to this port of it was made. */
void destination_reached(const struct destination *, uint16_t port, struct observer *);

/*
 * "connect to NAME: ...", and what a failed attempt at an address is to the user; failure is its
 * errno. Of a unix socket of another type it is said which, and what to say instead.
 */
void destination_failure(struct error *out, const struct destination *, const char *name,
    const struct address *to, int failure);

#endif
