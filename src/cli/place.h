#ifndef CLI_PLACE_H
#define CLI_PLACE_H

#include "base/error.h"
#include "mode/options.h"

/*
 * Finds out where o->to.text leads: [KIND:]host:port or KIND:/path. Without a kind it is TCP, or
 * UDP if datagrams are listened for; a unix path without one is of the type that is listened for.
 * False with FAULT_LOCAL.
 */
bool place_parse(struct options *o, struct error *err);

#endif
