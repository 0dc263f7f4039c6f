#ifndef NET_PASS_H
#define NET_PASS_H

#include <stdbool.h>

#include "base/error.h"

/*
 * Passes a descriptor over standard output, which must be a unix socket (unix(7) SCM_RIGHTS),
 * together with one byte, as ssh_config(5) ProxyUseFdpass expects. It is made blocking first; fd
 * stays the caller's. False with FAULT_STANDARD.
 */
bool pass_descriptor(int fd, struct error *);

#endif
