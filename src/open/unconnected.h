#ifndef OPEN_UNCONNECTED_H
#define OPEN_UNCONNECTED_H

#include "net/datagram.h"
#include "net/loop.h"
#include "open/listen.h"

/*
 * The end made of all who send datagrams to the sockets of a listener: everybody is heard, and who
 * was heard last is answered. An answer that cannot be sent is lost.
 */
struct unconnected {
	struct end end;
	struct task task;
	struct loop *loop;
	size_t count, last;                     /* of the sockets; the one heard last */
	struct datagram sockets[ADDRESSES_MAX]; /* the listener's */
	bool ready[ADDRESSES_MAX];              /* there may be something to be read */
	int64_t patience; /* until then one who takes nothing is waited for; 0: nobody is */
};

/*
 * Fills out, which must stay where it is; first is who was heard first, on descriptor fd. The
 * sockets stay the listener's. admit, with arg, says whose datagrams count.
 */
bool unconnected_open(struct unconnected *out, struct loop *, const struct listener *, int fd,
    const struct peer *first, bool (*admit)(void *arg, const struct peer *), void *arg,
    const char *name, struct error *);

#endif
