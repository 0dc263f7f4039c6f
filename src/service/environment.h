#ifndef SERVICE_ENVIRONMENT_H
#define SERVICE_ENVIRONMENT_H

#include "base/address.h"
#include "base/error.h"
#include "net/peer.h"

#define ENVIRONMENT_FACTS 5
#define ENVIRONMENT_NAMES 2 /* of each: ours, and ncat's */

/* What a child is told of its peer, besides what strait has in its own environment. */
struct environment {
	char **list; /* for execve(2) */
	char facts[ENVIRONMENT_FACTS * ENVIRONMENT_NAMES][ADDRESS_TEXT + 32];
};

/*
 * STRAIT_REMOTE_ADDR, ..._REMOTE_PORT, ..._LOCAL_ADDR, ..._LOCAL_PORT, ..._PROTO (TCP, UDP or
 * UNIX), and the same with NCAT_. fd is the socket that the peer has reached. What the service
 * manager has said of descriptors, and secrets, are left out. False with FAULT_LOCAL; else it is to
 * be freed.
 */
bool environment_make(
    struct environment *, int fd, const struct peer *, bool datagrams, struct error *);
void environment_free(struct environment *);

#endif
