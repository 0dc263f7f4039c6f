#ifndef CLI_TO_OPTION_H
#define CLI_TO_OPTION_H

#include "base/error.h"
#include "mode/options.h"

/*
 * Parses the argument of --to, o->to.text, into o->to: [PREFIX:]host:port or PREFIX:/path. Without
 * a prefix it is TCP, or UDP if the listener receives datagrams; unix:/path has the listener's
 * socket type. On failure err is set (FAULT_LOCAL).
 */
bool to_option_parse(struct options *o, struct error *err);

#endif
