#ifndef CLI_PARSE_H
#define CLI_PARSE_H

#include "base/error.h"
#include "mode/options.h"

/*
 * Reads the command line into options, and checks all that can be checked before a socket is made.
 * False with err (FAULT_LOCAL): one line with the option, its value and what is allowed. Texts in
 * options point into argv.
 */
bool options_parse(struct options *, int argc, char *argv[], struct error *);

#endif
