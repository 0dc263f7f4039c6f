#ifndef SERVICE_PROGRAM_H
#define SERVICE_PROGRAM_H

#include "net/child.h"
#include "service/service.h"

/*
 * Runs a program for each peer, which ends when the program has exited and what it has said is
 * delivered. Where nothing has to come between, the program gets the peer's socket itself.
 */
extern const struct service program_service;

/* What the clients of program_service have in common. */
struct program_common {
	struct common common;
	char *const *words; /* of the command, and NULL */
	const char *name;   /* what messages call it */
	bool datagrams;     /* peers send datagrams */
	struct children children;
};

#endif
