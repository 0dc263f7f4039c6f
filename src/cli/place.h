#ifndef CLI_PLACE_H
#define CLI_PLACE_H

#include "base/error.h"
#include "mode/options.h"

/*
 * Parses o->to.text: [KIND:]host:port or KIND:/path. Without a kind it is TCP, or UDP if the
 * listener receives datagrams; unix:/path is of the listener's type. On failure err is set
 * (FAULT_LOCAL).
 */
bool place_parse(struct options *o, struct error *err);

#endif
