#ifndef MODE_INHERIT_H
#define MODE_INHERIT_H

#include "mode/options.h"
#include "net/listen.h"

/*
 * --inherit: fills out a listener with the sockets that the service manager has handed over
 * (sd_listen_fds(3): LISTEN_PID and LISTEN_FDS, which are removed from the environment), or with
 * the descriptor that was given. The options' domain and type become what the sockets are. False
 * with FAULT_LOCAL.
 */
bool inherit_listener(struct listener *, struct options *, const struct settings *, struct error *);

#endif
