#ifndef CLI_OPERANDS_H
#define CLI_OPERANDS_H

#include "base/error.h"
#include "cli/table.h"
#include "mode/options.h"

#define OPERANDS_MAX 3 /* one may turn out to be the value of an option */

/* The operands of the command line. */
struct operands {
	const char *list[OPERANDS_MAX];
	int count; /* may exceed OPERANDS_MAX; the list holds only the first ones */
	/* This operand follows an option that was given without its optional value. */
	const struct option_row *maybe;
	int maybe_value;
};

/*
 * Sets host, ports, path and source from the operands, -s and -p. All other options must have been
 * stored. On failure err is set (FAULT_LOCAL, or FAULT_NAME for a host that the options exclude).
 */
bool operands_place(struct options *, struct operands *, struct error *);

/* Parses a single port, at least min, or the name of a service. what names it in messages. */
bool operands_port(const struct options *, const char *what, const char *text, uint16_t min,
    uint16_t *port, struct error *);

/* Checks that a path or an abstract name fits into an address. */
bool operands_path(const char *path, struct error *);

#endif
