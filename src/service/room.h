#ifndef SERVICE_ROOM_H
#define SERVICE_ROOM_H

#include "net/fanout.h"
#include "service/service.h"

/* What one client says goes to all others. */
extern const struct service room_service;

struct member;

/* What the clients of room_service have in common. */
struct room {
	struct common common;
	bool chat; /* what is unsent goes out line by line, with the name of the speaker */
	struct task task;
	struct fanout fanout;
	TAILQ_HEAD(members, member) members;
	unsigned long long entered; /* how many ever have: the last one's number */
	char *space;                /* into which is read, */
	struct member *speaker;     /* and whose it is; NULL: all in there has been passed_on */
	size_t passed_on, got;      /* how much of it has been, of how much */
	bool full;                  /* there is no room for more: the members are not read */
	bool unsent;                  /* there is something for the members since this was seen to */
};

#endif
