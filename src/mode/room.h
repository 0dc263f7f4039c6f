#ifndef MODE_ROOM_H
#define MODE_ROOM_H

#include <bsd/sys/queue.h>

#include "mode/options.h"
#include "net/fanout.h"
#include "net/loop.h"
#include "net/peer.h"

struct member;

/* --broker and --chat: what one client says goes to all others. */
struct room {
	struct task task;
	const struct options *options;
	struct loop *loop;
	struct fanout fanout;
	TAILQ_HEAD(members, member) members;
	size_t count;
	unsigned long long entered; /* how many ever have: the last one's number */
	char *space;                /* into which is read, */
	struct member *speaker;     /* and whose it is; NULL: all in there has been told */
	size_t told, got;           /* how much of it has been, of how much */
	void (*left)(void *arg);    /* somebody has */
	void *arg;
};

bool room_open(struct room *, struct loop *, const struct options *, void (*left)(void *arg),
    void *arg, struct error *);

/* Somebody comes in; fd is the room's from here on. False when memory is short. */
bool room_enter(struct room *, int fd, const struct peer *, struct error *);

/* Everybody has to go. Of zeroes it does nothing. */
void room_close(struct room *);

#endif
