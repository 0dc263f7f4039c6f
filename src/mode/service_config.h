#ifndef MODE_SERVICE_CONFIG_H
#define MODE_SERVICE_CONFIG_H

#include "mode/options.h"
#include "service/program.h"
#include "service/relay.h"
#include "service/room.h"
#include "service/stdio.h"

/* What peers are joined to. */
struct service_config {
	union {
		struct common common;
		struct stdio_common stdio;
		struct program_common program;
		struct relay_common relay;
		struct room room;
	};
	char **words; /* of a command, in memory of its own */
};

/* Whether that is standard input and output, which peers have in common. */
bool service_config_is_stdio(const struct options *);

/*
 * Chooses the service that the options ask for, and its parameters; settings are those of the
 * sockets that listen, if any do, and outlive it. False with FAULT_LOCAL; it is to be freed then,
 * too.
 */
bool service_config_make(
    struct service_config *, const struct options *, const struct settings *, struct error *);
void service_config_free(struct service_config *);

#endif
