#ifndef MODE_CHOICE_H
#define MODE_CHOICE_H

#include "mode/options.h"
#include "service/program.h"
#include "service/relay.h"
#include "service/room.h"
#include "service/stdio.h"

/* What peers are joined to. */
struct choice {
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
bool choice_is_stdio(const struct options *);

/*
 * Chooses the service that the options ask for, and its parameters; settings are those of the
 * sockets that listen, if any do, and outlive it. False with FAULT_LOCAL; it is to be freed then,
 * too.
 */
bool choose(struct choice *, const struct options *, const struct settings *, struct error *);
void choice_free(struct choice *);

#endif
