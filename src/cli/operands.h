#ifndef CLI_OPERANDS_H
#define CLI_OPERANDS_H

#include "base/error.h"
#include "cli/table.h"
#include "mode/options.h"

#define OPERANDS_MAX 3 /* with one that is a value after all */

/* What stood on the command line besides options. */
struct operands {
	const char *list[OPERANDS_MAX];
	int count; /* also of those beyond the most */
	/* An option that may do without a value had none, and this operand is behind it. */
	const struct option_row *maybe;
	int maybe_value;
};

/*
 * Makes of the operands, and of -s and -p, host, ports, path and source, as the options that have
 * been stored say. False with err (FAULT_LOCAL).
 */
bool operands_place(struct options *, struct operands *, struct error *);

/* The number of a single port from min on, or of a service. what names it in messages. */
bool operands_port(const struct options *, const char *what, const char *text, uint16_t min,
    uint16_t *port, struct error *);

/* Whether a path or an abstract name fits into an address. */
bool operands_path(const char *path, struct error *);

#endif
