#ifndef SERVICE_STDIO_H
#define SERVICE_STDIO_H

#include "net/stdio_watch.h"
#include "service/input.h"
#include "service/service.h"

/* Joins peers to standard input and output: one peer, or several that share them. */
extern const struct service stdio_service;

/* Shared by the clients of stdio_service. */
struct stdio_common {
	struct common common;
	struct stdio_watch watch; /* until the first client comes; with several clients, always */
	struct stdio stdio;       /* shared by several clients, */
	struct input input;       /* and standard input, read for all of them */
};

#endif
