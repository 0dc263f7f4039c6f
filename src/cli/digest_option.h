#ifndef CLI_DIGEST_OPTION_H
#define CLI_DIGEST_OPTION_H

#include "mode/options.h"

/*
 * Derives the rules for digests from --digest and --expect, which were parsed with all else. False
 * with FAULT_LOCAL if --expect is no digest of the kind.
 */
bool digest_option_settle(struct options *, struct error *);

#endif
