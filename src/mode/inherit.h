#ifndef MODE_INHERIT_H
#define MODE_INHERIT_H

#include "mode/options.h"

/*
 * --inherit: sets inherited_first and inherited_count to the sockets that the service manager has
 * handed over (sd_listen_fds(3): LISTEN_PID and LISTEN_FDS, which are removed from the
 * environment), or to the descriptor that was given. Domain and type of the options become those of
 * the first socket; inherited_local is set if any is a unix socket. False with FAULT_LOCAL.
 */
bool inherit_find(struct options *, struct error *);

/* How many sockets the service manager has handed over to this process. */
int inherit_offered(void);

#endif
