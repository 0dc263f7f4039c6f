#ifndef MODE_OPTIONS_H
#define MODE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/ports.h"
#include "mode/secret.h"
#include "net/settings.h"
#include "open/opening.h"
#include "open/resolve.h"

/* A command is of so many bytes and words at most. */
#define COMMAND_MAX ((size_t)64 << 10)
#define COMMAND_WORDS 1024

/* One of --allow, --deny and their files. */
struct access_rule {
	bool deny, file;
	const char *text; /* a list, or the file's name */
};

#define ACCESS_RULES_MAX 64

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
	int64_t wait;       /* for a connection; listening, for the first peer (see --to) */
	int64_t idle;       /* in a conversation */
	long long messages; /* -W; 0: any number */

	/* Ways to talk. */
	bool crlf, telnet;
	int64_t delay; /* between lines and between ports; 0: none */
	bool scan;
	const char *probe; /* NULL: an empty datagram */
	int64_t retry;     /* DURATION_UNSET: one try is enough; CLOCK_NEVER */
	bool lines, frames;
	long long datagram_size; /* 0: as long as can be */
	bool pass;

	/* Socket settings. */
	struct settings settings;
	bool md5; /* settings want the key */
	bool random_ports;
	const char *source, *source_port; /* NULL: not given, or they are host and port */
	uint16_t source_port_number;

	/* Serving. */
	bool keep_open;
	long long max_conns;      /* MAX_CONNS_UNSET: as many as is usual */
	const char *exec, *shell; /* what to run for each client; NULL: nothing */
	struct destination to;    /* of a relay; NULL text: there is none */
	char to_host[256];        /* its host */
	bool broker, chat;
	struct access_rule access[ACCESS_RULES_MAX];
	size_t access_count;
	long long inherit;                    /* INHERIT_NOTHING, INHERIT_MANAGED or a descriptor */
	int inherited_first, inherited_count; /* the sockets that this is about */
	bool inherited_local;                 /* one of them at least is a unix one */

	bool no_splice; /* from the environment: streams are copied */

	/* Operands, and -p and -s, which stand for them when listening. */
	const char *host, *port; /* as given; NULL: not given */
	size_t port_count;       /* 0 with a path */
	uint16_t port_number;    /* the only one, or the lowest */
	const char *path;

	/* What comes before a conversation on a connection made, and on one accepted. */
	const struct layer *const *layers_out, *const *layers_in;

	/* Instead of a conversation. */
	bool help, version;
	const char *completion;
};

#define DURATION_UNSET INT64_MIN
#define MAX_CONNS_UNSET (-1)

#define INHERIT_NOTHING (-1)
#define INHERIT_MANAGED 0 /* what the service manager has handed over */

/*
 * The ports of a text such as port, from min on, with the names of services unless hosts and ports
 * are to be numeric. False as ports_parse says.
 */
bool options_ports(const struct options *, struct ports *out, const char *text, uint16_t min,
    const char **bad, size_t *len);

/* Whether clients are served one beside the other. */
bool options_many(const struct options *);

/* Whether each client has a program of its own. */
bool options_command(const struct options *);

/* How many clients there may be at once, or sessions of those who send datagrams. */
size_t options_most(const struct options *);

/* What they mean for the floor below: the type of the socket, and what to look up. */
int options_type(const struct options *);
struct lookup options_lookup(const struct options *);

/*
 * The settings of all sockets, with the secret among them, which is asked for and kept in key.
 * False with FAULT_LOCAL.
 */
bool options_settings(
    struct settings *, const struct options *, char key[static SECRET_MAX], struct error *);

/*
 * Whom to connect to, as the operands say; settings must outlive it. Several ports are in memory of
 * their own, to be freed with options_destination_free. False with FAULT_LOCAL.
 */
bool options_destination(
    struct destination *, const struct options *, const struct settings *settings, struct error *);
void options_destination_free(struct destination *);

/* How it is reached: how often is tried, and for how long. */
struct opening_rules options_opening(const struct options *);

#endif
