#ifndef SERVICE_MEMBER_H
#define SERVICE_MEMBER_H

#include "codec/chat.h"
#include "service/room.h"

/* A client that is in a room. */
struct member {
	struct client client;
	struct task task;
	TAILQ_ENTRY(member) link;
	struct room *room; /* NULL: not in a room */
	struct end *end;
	struct fanout_reader reader;
	bool behind;             /* waits for room in its socket */
	bool no_output;          /* writing has failed: it is only read from */
	bool leaving;            /* it has half-closed, and is disconnected at leave_at */
	uint64_t leave_at;       /* the position in the fanout up to which it gets data */
	int64_t moved_at;        /* when it last sent or received something */
	struct chat chat;        /* its lines, in a chat */
	uint64_t sent, received; /* bytes to it and from it */
	struct record *record;   /* NULL: none */
};

/* Puts a client, whose connection is set, into a room. False with err; it is closed then, too. */
bool member_join(struct member *, struct room *, struct error *);

/* Sends it as much as possible of what is in the fanout. It may be gone when this returns. */
void member_flush(struct member *, int64_t now);

/*
 * Ends a member with an error, or NULL if all is well. abandon: the connection is reset, since not
 * everything was sent.
 */
void member_leave(struct member *, const struct error *cause, bool abandon);

/* Takes a member out of its room, if it is in one, and closes its connection. */
void member_remove(struct member *, bool abandon);

#endif
