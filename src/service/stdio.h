#ifndef SERVICE_STDIO_H
#define SERVICE_STDIO_H

#include "service/input.h"
#include "service/service.h"

/* Joins peers to standard input and output: one, or several that share them. */
extern const struct service stdio_service;

/* What the clients of stdio_service have in common. */
struct stdio_common {
	struct common common;
	struct stdio_watch watch; /* until the first one comes; where there are many, always */
	struct stdio stdio;       /* of all, where there are many, */
	struct input input;       /* and what comes in for all */
};

#endif
