#ifndef MODE_SERVICE_CONFIG_H
#define MODE_SERVICE_CONFIG_H

#include "mode/options.h"
#include "service/program.h"
#include "service/relay.h"
#include "service/room.h"
#include "service/stdio.h"

/* The service that peers are joined to, with its parameters. */
struct service_config {
	union {
		struct common common;
		struct stdio_common stdio;
		struct program_common program;
		struct relay_common relay;
		struct room room;
	};
	char **words; /* of a command, allocated */
	struct recording recording;
};

/* Whether the service is standard input and output, which all peers share. */
bool service_config_is_stdio(const struct options *);

/*
 * Chooses the service that the options ask for, and sets its parameters. settings are those of the
 * listening sockets, or NULL; these, the loop and the observer must outlive it. False with
 * FAULT_LOCAL. Must be freed in either case.
 */
bool service_config_make(struct service_config *, const struct options *, const struct settings *,
    struct loop *, struct observer *, struct error *);

/* False with FAULT_STANDARD if a recording is not complete; the error was reported before. */
bool service_config_free(struct service_config *, struct error *);

#endif
