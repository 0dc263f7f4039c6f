#ifndef OPEN_UNCONNECTED_H
#define OPEN_UNCONNECTED_H

#include "net/datagram.h"
#include "net/loop.h"
#include "open/listen.h"

/*
 * All senders of datagrams to the sockets of a listener, as one end: it receives from all of them,
 * and answers the last one. An answer that cannot be sent is dropped.
 */
struct unconnected {
	struct end end;
	struct task task;
	struct loop *loop;
	size_t count, last;                     /* number of sockets; the one that received last */
	struct datagram sockets[ADDRESSES_MAX]; /* the listener's, not closed here */
	bool ready[ADDRESSES_MAX];              /* may have something to read */
	int64_t give_up_at; /* when a message for a full queue is dropped; 0: none waits */
};

/*
 * Makes out, which must not move. first is the first sender, on descriptor fd. The listener keeps
 * its sockets. admit, with arg, decides whose datagrams are accepted.
 */
bool unconnected_open(struct unconnected *out, struct loop *, const struct listener *, int fd,
    const struct peer *first, bool (*admit)(void *arg, const struct peer *), void *arg,
    const char *name, struct error *);

#endif
