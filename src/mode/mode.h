#ifndef MODE_MODE_H
#define MODE_MODE_H

#include "mode/options.h"

/*
 * Does what the options ask for, reports on standard error, and returns the exit status. If a
 * signal ends it, the process cleans up and dies of that signal.
 */
int mode_run(const struct options *);

/* The modes: connect, find open ports, listen. */
int dial(const struct options *);
int scan(const struct options *);
int serve(const struct options *);

#endif
