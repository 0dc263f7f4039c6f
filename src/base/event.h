#ifndef BASE_EVENT_H
#define BASE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* What can happen. Behind each: the fields that it has, besides name. */
enum event_kind {
	EVENT_LISTENING,    /* a socket waits for connections at name; unasked */
	EVENT_BOUND,        /* a socket waits for datagrams at name; unasked */
	EVENT_OFFERED,      /* sockets were handed over, and nobody has asked for them; count */
	EVENT_RULE,         /* a word of the list name counts as another one; text, meaning */
	EVENT_RECEIVED,     /* a peer has connected, or sent its first datagram */
	EVENT_CONNECTED,    /* to name; count: the port, 0 of a path; datagrams */
	EVENT_ANSWERED,     /* a peer answers what was sent to many */
	EVENT_REFUSED,      /* a peer is not admitted; text: why */
	EVENT_FULL,         /* a peer is not admitted, as there are so many; count, unasked */
	EVENT_FAILED,       /* a peer cannot be served; error, unasked */
	EVENT_SHORTAGE,     /* no peer can be accepted for now; error */
	EVENT_AGAIN,        /* what could not be reached is tried again; error */
	EVENT_GIVES_WAY,    /* the oldest of so many flows of datagrams ends for a new one; count */
	EVENT_UNSERVED,     /* a datagram is lost, as programs have not ended yet; count */
	EVENT_UNANSWERABLE, /* a peer has no address; unasked */
	EVENT_TROUBLE,      /* the network reports what may pass; number */
	EVENT_LOST,         /* datagrams came faster than they were read; count, so far */
	EVENT_LEFT_OUT,     /* messages were too long for name; count, so far */
	EVENT_WAITING,      /* standard input, silent so far, has a while to begin; duration */
	EVENT_UNBEGUN,      /* it has not */
	EVENT_CLOSED,       /* a conversation has ended; error, and all behind it */
	EVENT_KINDS
};

/* One thing that happens. Whoever tells of it owns all that it points to. */
struct event {
	enum event_kind kind;
	const char *name; /* of the peer, if nothing else is said */
	const char *text, *meaning;
	uint64_t count;
	int number;                /* an errno */
	bool unasked;              /* worth telling even where little is told */
	const struct error *error; /* FAULT_NONE: all is well */
	bool among_many;           /* the peer is one of several clients of a server */
	bool datagrams;            /* which have no end */
	bool unseen;               /* nothing of it shows on standard input or output */
	bool counted;              /* sent and received are known */
	uint64_t sent, received;   /* bytes */
	int64_t duration;          /* in nanoseconds */
	int status;                /* of a program; negative: none was run */
};

/* Whom to tell of events. It does not wait, and changes nothing of what the event is about. */
struct observer {
	void (*observe)(struct observer *, const struct event *);
};

void event_tell(struct observer *, struct event);

#endif
