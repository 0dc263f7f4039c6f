#ifndef MODE_MODE_H
#define MODE_MODE_H

#include "mode/options.h"

/*
 * Does what the options ask for, and returns the exit status; what happened has been said on
 * standard error. Dies of a signal that came meanwhile.
 */
int mode_run(const struct options *);

/* The modes: connect to somebody, see which ports are open, wait for somebody. */
int dial(const struct options *);
int scan(const struct options *);
int serve(const struct options *);

#endif
