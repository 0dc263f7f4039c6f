#ifndef CLI_HINT_H
#define CLI_HINT_H

#include "base/error.h"
#include "mode/options.h"

/*
 * An operand that stands by itself where a host and a port are needed, or, listening, where it
 * would be taken for an address: whether it is written as it is for other tools (host:port,
 * unix:/path, a path, a URL). False then, with err (FAULT_LOCAL): how it is written here.
 */
bool hint_operand(const struct options *, const char *operand, struct error *);

#endif
