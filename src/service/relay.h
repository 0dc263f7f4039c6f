#ifndef SERVICE_RELAY_H
#define SERVICE_RELAY_H

#include "open/opening.h"
#include "service/service.h"

/* Joins each client to a connection of its own to another host. */
extern const struct service relay_service;

/* What the clients of relay_service have in common. */
struct relay_common {
	struct common common;
	struct destination to;
	struct opening_rules rules;
	size_t dialling; /* how many clients have no connection yet */
};

#endif
