#ifndef MODE_INHERIT_H
#define MODE_INHERIT_H

#include "mode/options.h"

/*
 * --inherit: finds out which sockets the service manager has handed over (sd_listen_fds(3):
 * LISTEN_PID and LISTEN_FDS, which are removed from the environment), or takes the descriptor that
 * was given, into inherited_first and inherited_count. Domain and type become those of the first
 * one, and inherited_local tells of all. False with FAULT_LOCAL.
 */
bool inherit_find(struct options *, struct error *);

/* How many sockets the service manager has handed over to this process. */
int inherit_offered(void);

#endif
