#ifndef SERVICE_RELAY_H
#define SERVICE_RELAY_H

#include "open/opening.h"
#include "service/service.h"

/* Joins each client to a connection of its own to another host. */
extern const struct service relay_service;

/* Shared by the clients of relay_service. */
struct relay_common {
	struct common common;
	struct destination to;
	struct opening_rules rules;
	size_t dialling; /* how many clients are still connecting */
};

#endif
