#ifndef SERVICE_ROOM_H
#define SERVICE_ROOM_H

#include "net/fanout.h"
#include "service/service.h"

/* Sends what one client says to all others. */
extern const struct service room_service;

struct member;

/* Shared by the clients of room_service. */
struct room {
	struct common common;
	bool chat; /* data is passed on by lines, each with the name of its sender */
	struct task task;
	struct fanout fanout;
	TAILQ_HEAD(members, member) members;
	unsigned long long
	    entered;            /* how many clients have ever entered: the number of the last one */
	char *space;            /* the data of the last read, */
	struct member *speaker; /* and its sender; NULL: all of it is in the fanout */
	size_t passed_on, got;  /* bytes already in the fanout, and bytes read */
	bool full;              /* members are not read until there is room */
	bool unsent;            /* there is new data in the fanout to send */
};

/* Puts data into the fanout for all but one member; the task of the room will send it. */
void room_put(struct room *, const struct member *except, const char *text, size_t len);

/* In a chat, tells all other members about a member. */
void room_announce(struct room *, const struct member *about, const char *what);

/* Puts into the fanout, as far as there is room, what was read from a member into space. */
void room_heard(struct room *, struct member *, size_t got, int64_t now);

/* Whether no member may be read: the rest of a read waits, or the fanout has no room. */
bool room_is_full(struct room *, int64_t now);

#endif
