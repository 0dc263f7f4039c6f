#ifndef BASE_EVENT_H
#define BASE_EVENT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/error.h"

/* What can happen; for each, the fields that it has besides name. */
enum event_kind {
	EVENT_LISTENING,    /* a socket listens at name; always */
	EVENT_BOUND,        /* a socket receives datagrams at name; always */
	EVENT_OFFERED,      /* inherited sockets are not used; count */
	EVENT_RULE,         /* in the access list name, text is taken as meaning */
	EVENT_RECEIVED,     /* a peer has connected, or sent its first datagram */
	EVENT_CONNECTED,    /* to name; datagrams, duration; count: the port, 0 if it is a path */
	EVENT_ANSWERED,     /* a peer has answered a broadcast or multicast */
	EVENT_REFUSED,      /* an access list rejects a peer; text: why */
	EVENT_FULL,         /* a peer is rejected: --max-conns; count, always */
	EVENT_FAILED,       /* a peer cannot be served; error, always */
	EVENT_SHORTAGE,     /* accept fails for now; error */
	EVENT_RETRY,        /* connecting has failed and is tried again; error */
	EVENT_EVICTED,      /* the longest idle of count datagram sessions ends for a new one */
	EVENT_UNSERVED,     /* a datagram is lost, as count programs have not exited yet */
	EVENT_UNANSWERABLE, /* a peer has no address to answer to; always */
	EVENT_TROUBLE,      /* a network error that may be temporary; number */
	EVENT_LOST,         /* datagrams came faster than they were read; count so far */
	EVENT_LEFT_OUT,     /* messages too long for name were dropped; count so far */
	EVENT_WAITING_FOR_INPUT, /* the peer has finished, standard input is silent; duration */
	EVENT_NO_INPUT,          /* standard input gave nothing in that time */
	EVENT_CLOSED,            /* a conversation has ended; error and the fields after it */
	EVENT_UNWRITTEN,         /* a file that data was recorded in has failed; error */
	EVENT_DIGEST,     /* of what was sent or received (meaning); text, algorithm, among_many */
	EVENT_LOOKUP,     /* the host name was looked up; list, duration, or error */
	EVENT_CONNECTING, /* an attempt to connect to name begins; address */
	EVENT_CONNECT_FAILED, /* an attempt has failed; address, error, duration */
	EVENT_NO_ANSWER,      /* the same, and nothing has answered */
	EVENT_TRACE,          /* of name, what meaning (NULL: all of it) has decided: text */
	EVENT_STATS,          /* a conversation has ended; figures, among_many */
	EVENT_PROGRESS, /* how far things are, in text; name: what is waited for, or NULL; size;
			   count of clients, among_many: of a server; bytes if counted, rates,
			   duration */
	EVENT_KINDS
};

/* The level of an event that is told only to programs (--json). */
#define EVENT_FOR_PROGRAMS INT_MAX

struct figures;

/* One event. What it points to is the caller's, and valid only during the call. */
struct event {
	enum event_kind kind;
	const char *name; /* of the peer, unless stated above */
	const char *text, *meaning;
	const char *algorithm; /* of a digest: "sha256" */
	uint64_t count;
	int number;                        /* errno */
	bool always;                       /* to be reported even without -v */
	int level;                         /* reported as text with so many -v; 0: as always says */
	const struct error *error;         /* FAULT_NONE: none */
	bool among_many;                   /* the server has several clients */
	bool datagrams;                    /* the conversation was of datagrams */
	bool unseen;                       /* its data did not pass standard input and output */
	bool counted;                      /* sent and received are known */
	uint64_t sent, received;           /* bytes */
	uint64_t rate_sent, rate_received; /* bytes a second */
	uint64_t size;                     /* bytes expected; 0: unknown */
	int64_t duration;                  /* in nanoseconds */
	int status;                        /* the program's exit status; negative: no program */
	const struct address *address, *local; /* of the peer and our own; NULL: not known */
	const struct address *list;            /* of list_count addresses */
	size_t list_count;
	const struct figures *figures;
};

/* Receives events. It must not block, nor change the objects that an event is about. */
struct observer {
	void (*observe)(struct observer *, const struct event *);
	int level; /* events of a higher level need not be told */
};

/* Whether to tell an observer, which may be NULL, of events of this level. */
bool event_wanted(const struct observer *, int level);

void event_tell(struct observer *, struct event);

#endif
