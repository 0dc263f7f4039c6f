#ifndef OPEN_DESTINATION_H
#define OPEN_DESTINATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/error.h"
#include "base/event.h"
#include "codec/ports.h"
#include "net/settings.h"
#include "open/attempt.h"
#include "open/layer.h"

/* What to connect to, and from where. Everything it points to must outlive it. */
struct destination {
	const char *text; /* its name in messages; NULL: host and port */
	int type;         /* SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET */
	const char *path; /* a unix socket; NULL: host and port are used */

	const char *host;
	int family;                /* AF_UNSPEC, AF_INET or AF_INET6 */
	bool numeric;              /* hosts and services are numbers: nothing is looked up */
	const char *port_text;     /* as given */
	uint16_t port;             /* the only one, or the lowest */
	const struct ports *ports; /* all of them; NULL: there is only one */

	const char *source;   /* the host or path to bind to; NULL: the system chooses */
	uint16_t source_port; /* 0: the system chooses */
	bool concurrent;      /* several sockets are connected at the same time (a scan) */
	bool unconnected;     /* sockets are not connected to broadcast and multicast addresses */
	bool prefixed;        /* it was given as KIND:ADDRESS; advice uses that form */
	bool quiet;           /* what happens is told only to programs (EVENT_FOR_PROGRAMS) */

	struct observer *observer; /* is told of the look-up and of attempts; NULL: nobody */

	const struct settings *settings;
	const struct layer *const *layers; /* the layers on top of the connection; NULL: none */
};

#define DESTINATION_NAME (ADDRESS_TEXT + 300)

/* Writes the name of the destination for messages, with this port, to buf, and returns buf. */
char *destination_name(
    char buf[static DESTINATION_NAME], const struct destination *, uint16_t port);

/*
 * Tells the observer that an attempt to connect to name has failed. level is that of the event,
 * unless the destination is quiet.
 */
void destination_missed(
    const struct destination *, const char *name, const struct attempt *, int level);

/*
 * Tells the observer that a connection was made: to an address, with the port; from local, or NULL;
 * after so many nanoseconds, or 0 if that is not known.
 */
void destination_reached(const struct destination *, const struct address *,
    const struct address *local, int64_t duration);

/*
 * Fills out with "connect to NAME: ..." for a failed attempt at an address; failure is its errno.
 * For a unix socket of another type, the text says which type it is and which options to use.
 */
void destination_failure(struct error *out, const struct destination *, const char *name,
    const struct address *to, int failure);

#endif
