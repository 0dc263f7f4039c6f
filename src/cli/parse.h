#ifndef CLI_PARSE_H
#define CLI_PARSE_H

#include "base/error.h"
#include "mode/options.h"

/*
 * Parses the command line into options, and checks everything that can be checked before a socket
 * is made. On failure err (FAULT_LOCAL, or FAULT_NAME for a host) is one line with the option, its
 * value and what is expected. Strings in options point into argv.
 */
bool options_parse(struct options *, int argc, char *argv[], struct error *);

#endif
