#ifndef MODE_OPTIONS_H
#define MODE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/ports.h"
#include "mode/secret.h"
#include "net/settings.h"
#include "open/opening.h"
#include "open/resolve.h"
#include "service/record.h"

/* The longest command of -e, and its most words. */
#define COMMAND_MAX ((size_t)64 << 10)
#define COMMAND_WORDS 1024

/* One of --allow, --deny and their files. */
struct access_rule {
	bool deny, file;
	const char *text; /* a list, or the file's name */
};

#define ACCESS_RULES_MAX 64

/*
 * The options and operands of the command line. Filled by cli/, read by mode/, unknown to lower
 * floors. Texts point into argv. Durations are in nanoseconds.
 */
struct options {
	/* Domain, type, role. */
	bool ipv4, ipv6, local;
	bool datagrams, seqpacket;
	bool listen;
	bool numeric;
	int verbose;

	/* When it ends. DURATION_UNSET if not given; other negative values: no limit. */
	bool half_close; /* -N: the default */
	bool no_shutdown;
	bool recv_only, send_only;
	int64_t quit;
	int64_t timeout;    /* -w: default of the next two */
	int64_t wait;       /* to connect; listening: for the first peer (see --to) */
	int64_t idle;       /* how long a conversation may be idle */
	long long messages; /* -W; 0: any number */

	/* Ways to talk. */
	bool crlf, telnet;
	int64_t delay; /* between lines and between ports; 0: none */
	bool scan;
	const char *probe; /* NULL: an empty datagram */
	int64_t retry;     /* DURATION_UNSET: try once; CLOCK_NEVER: no limit */
	bool lines, frames;
	long long datagram_size; /* 0: the largest possible */
	bool pass;

	/* Socket settings. */
	struct settings settings;
	bool md5; /* settings need the key */
	bool random_ports;
	const char *source, *source_port; /* NULL: not given, or listening */
	uint16_t source_port_number;

	/* Serving. */
	bool keep_open;
	long long max_conns;      /* MAX_CONNS_UNSET: the default */
	const char *exec, *shell; /* what to run for each client; NULL: nothing */
	struct destination to;    /* of --to; its text is NULL without it */
	char to_host[256];        /* its host */
	bool broker, chat;
	struct access_rule access[ACCESS_RULES_MAX];
	size_t access_count;
	long long inherit;                    /* INHERIT_NOTHING, INHERIT_MANAGED or a descriptor */
	int inherited_first, inherited_count; /* the inherited sockets */
	bool inherited_local;                 /* at least one is a unix socket */

	/* Watching. Sizes and rates, in bytes (a second): 0 if not given. */
	bool progress, stats, json, trace;
	long long size;
	const char *digest; /* NULL: none; "": the default */
	const char *expect; /* NULL: anything */
	struct recording_rules recording;
	const char *visible; /* NULL: not; "": all */
	long long rate, rate_in, rate_out;

	bool no_splice; /* from the environment: never splice */

	/* Operands, or -s and -p in their place when listening. */
	const char *host, *port; /* as given; NULL: not given */
	size_t port_count;       /* 0 with a path */
	uint16_t port_number;    /* the only one, or the lowest */
	const char *path;

	/* Layers of connections that are made, and of those that are accepted. */
	const struct layer *const *layers_out, *const *layers_in;

	/* Instead of a conversation. */
	bool help, version;
	const char *completion;
};

#define DURATION_UNSET INT64_MIN
#define MAX_CONNS_UNSET (-1)

#define INHERIT_NOTHING (-1)
#define INHERIT_MANAGED 0 /* the sockets that the service manager has handed over */

/*
 * Parses a list of ports, each at least min. Service names are allowed unless -n is given. False as
 * ports_parse says.
 */
bool options_ports(const struct options *, struct ports *out, const char *text, uint16_t min,
    const char **bad, size_t *len);

/* Whether several clients are served at the same time. */
bool options_many(const struct options *);

/*
 * Whether there may be several conversations, at the same time or one after the other. All senders
 * of datagrams are one client, unless each has a program or a connection of its own.
 */
bool options_several(const struct options *);

/* Whether each client has a program of its own. */
bool options_command(const struct options *);

/* How many clients, or datagram sessions, there may be at once. */
size_t options_most(const struct options *);

/* The type of the socket, and the address to look up. */
int options_type(const struct options *);
struct lookup options_lookup(const struct options *);

/*
 * The settings of all sockets. The TCP MD5 key, if needed, is read from the environment or the
 * terminal into key, which must outlive them. False with FAULT_LOCAL.
 */
bool options_settings(
    struct settings *, const struct options *, char key[static SECRET_MAX], struct error *);

/*
 * The destination that the operands name. settings and observer must outlive it. A list of several
 * ports is allocated: free it with options_destination_free. False with FAULT_LOCAL.
 */
bool options_destination(struct destination *, const struct options *,
    const struct settings *settings, struct observer *, struct error *);
void options_destination_free(struct destination *);

/* How to connect: timeouts, retries, pauses. */
struct opening_rules options_opening(const struct options *);

#endif
