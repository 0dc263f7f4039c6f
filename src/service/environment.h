#ifndef SERVICE_ENVIRONMENT_H
#define SERVICE_ENVIRONMENT_H

#include "base/address.h"
#include "base/error.h"
#include "net/peer.h"

#define ENVIRONMENT_FACTS 5
#define ENVIRONMENT_NAMES 2 /* prefixes: ours, and that of ncat */

/* The environment of a child: that of strait, and variables about its peer. */
struct environment {
	char **list; /* for execve(2) */
	char facts[ENVIRONMENT_FACTS * ENVIRONMENT_NAMES][ADDRESS_TEXT + 32];
};

/*
 * Makes the environment, with STRAIT_REMOTE_ADDR, STRAIT_REMOTE_PORT, STRAIT_LOCAL_ADDR,
 * STRAIT_LOCAL_PORT, STRAIT_PROTO (TCP, UDP or UNIX), and the same with NCAT_. fd is the socket
 * that the peer has reached. Left out are the variables of socket activation, and secrets. False
 * with FAULT_LOCAL; else environment_free frees it.
 */
bool environment_make(
    struct environment *, int fd, const struct peer *, bool datagrams, struct error *);
void environment_free(struct environment *);

#endif
