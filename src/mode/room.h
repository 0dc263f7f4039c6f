#ifndef MODE_ROOM_H
#define MODE_ROOM_H

#include <bsd/sys/queue.h>

#include "net/end.h"
#include "net/fanout.h"
#include "net/loop.h"

struct room_rules {
	bool chat;    /* what is said goes out line by line, with the name of the speaker */
	int64_t idle; /* who has said and got nothing for so long leaves; negative: nobody */
};

/* One of those in a room. */
struct member {
	struct task task;
	TAILQ_ENTRY(member) link;
	struct room *room;
	struct end *end;
	struct fanout_reader reader;
	unsigned long long number;
	bool behind;      /* it is to get something that its end had no room for */
	bool no_output;   /* it takes no more, and is only listened to */
	bool cut;         /* in a chat, what it has said of a line was told already */
	bool leaving;     /* it has finished, and gets what was said until then */
	uint64_t until;   /* ... in the fanout */
	int64_t moved_at; /* when it said or got something last */
	char *line;       /* in a chat, what it has said of a line; NULL: nothing */
	size_t len;
	uint64_t sent, received; /* bytes, to it and from it */
	void (*done)(void *arg, const struct error *);
	void *arg;
};

/* What one member says goes to all others. */
struct room {
	struct task task;
	struct room_rules rules;
	struct loop *loop;
	struct fanout fanout;
	TAILQ_HEAD(members, member) members;
	unsigned long long entered; /* how many ever have: the last one's number */
	char *space;                /* into which is read, */
	struct member *speaker;     /* and whose it is; NULL: all in there has been told */
	size_t told, got;           /* how much of it has been, of how much */
	bool deaf;                  /* there is no room for more: the members are not read */
	bool said;                  /* there is something for the members since this was seen to */
	void (*failed)(void *arg, const struct error *);
	void *arg;
};

/* failed is called when what was said is lost, since memory is short. The room goes on. */
bool room_open(struct room *, struct loop *, const struct room_rules *,
    void (*failed)(void *arg, const struct error *), void *arg, struct error *);

/* Its members must have left. Of zeroes it does nothing. */
void room_close(struct room *);

/*
 * Somebody comes in. The end is the caller's, and is to be closed after done or member_stop. done
 * is called once, from the loop: FAULT_NONE when the member has finished and has got all that was
 * said before.
 */
bool member_start(struct member *, struct room *, struct end *,
    void (*done)(void *arg, const struct error *), void *arg, struct error *);

/* It has to go: done is called with this. */
void member_break(struct member *, const struct error *);

/* The same, but done is not called. Of zeroes it does nothing. */
void member_stop(struct member *);

#endif
