#ifndef CLI_HINT_H
#define CLI_HINT_H

#include "base/error.h"
#include "mode/options.h"

/*
 * Checks a single operand for a form that other tools accept: host:port, unix:/path, a path, a URL.
 * Returns false for these, with err (FAULT_LOCAL) saying how to write it here. Called where a host
 * and a port are needed, and, when listening, where the operand would be used as the address.
 */
bool hint_operand(const struct options *, const char *operand, struct error *);

#endif
