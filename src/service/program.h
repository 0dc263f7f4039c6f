#ifndef SERVICE_PROGRAM_H
#define SERVICE_PROGRAM_H

#include "net/child.h"
#include "service/service.h"

/*
 * Runs a program for each peer. A client ends when its program has exited and the output is
 * delivered. If data passes unchanged, the program gets the socket itself.
 */
extern const struct service program_service;

/* Shared by the clients of program_service. */
struct program_common {
	struct common common;
	char *const *words; /* the command, NULL-terminated */
	const char *name;   /* the command in messages */
	bool datagrams;     /* the peers send datagrams */
	struct children children;
};

#endif
