#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include "mode/options.h"

/* Checks what the options for watching a conversation need besides their rows. */
bool watch_check(const struct options *, struct error *);

/*
 * Whether --json seems to be given, before the command line is parsed: errors in it are reported in
 * that form, too.
 */
bool watch_seems_json(int argc, char *const argv[]);

#endif
