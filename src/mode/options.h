#ifndef MODE_OPTIONS_H
#define MODE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/resolve.h"

/*
 * What the program was asked to do. Filled by cli/, read by mode/, unknown below. Texts point into
 * argv. Durations are in nanoseconds.
 */
struct options {
	/* Domain, type, role. */
	bool ipv4, ipv6, local;
	bool datagrams, seqpacket;
	bool listen;
	bool numeric;
	int verbose;

	/* When it ends. DURATION_UNSET where nothing was said, negative for "for ever". */
	bool half_close; /* -N: what is done anyway */
	bool no_shutdown;
	bool recv_only, send_only;
	int64_t quit;
	int64_t timeout;    /* -w: both of the following, where they say nothing */
	int64_t wait;       /* for a connection */
	int64_t idle;       /* in a conversation */
	long long messages; /* -W; 0: any number */

	bool no_splice; /* from the environment: streams are copied */

	/* Operands, and -p and -s, which stand for them when listening. */
	const char *host, *port; /* as given; NULL: not given */
	uint16_t port_number;
	const char *path;

	/* Instead of a conversation. */
	bool help, version;
	const char *completion;
};

#define DURATION_UNSET INT64_MIN

/* What they mean for the floor below: the type of the socket, and what to look up. */
int options_type(const struct options *);
struct lookup options_lookup(const struct options *);

#endif
