#ifndef SIM_ACTOR_H
#define SIM_ACTOR_H

#include <poll.h>

#include "model.h"
#include "net/end.h"

/*
 * An end that acts a script: what it does at each call is a choice of the run. It keeps to what
 * the kernel would do: what poll has told of stays until it is taken, an end stays an end, and who
 * has gone takes nothing any more.
 */

struct actor_kind {
	bool socket;   /* one descriptor both ways: it can be reset, */
	bool acks;     /* and takes a while until all is acknowledged */
	bool endless;  /* it never ends: datagrams */
	bool unpolled; /* nothing to poll for reading, it is ready when it has something */
	bool waits;    /* writing is not tried before poll says so */
	bool reader;   /* where it writes to there is a reader, who may go, */
	bool careless; /* without that being a failure */
	bool messages, divisible, whole;
	bool low_water;
	bool slow; /* to finish it may take several turns */
	bool bare; /* it may be spliced; a pipe is spliced straight */
	bool pipe;
	enum marks marks;
	size_t much;     /* what it gives at once, when it has much */
	size_t send_max; /* the longest message; */
	size_t receive_max;
	size_t piece;
};

struct actor {
	struct end end;
	struct actor_kind kind;
	struct model *gives, *gets;
	int in, out; /* what it is polled for; the same of a socket */
	/* What is there to be taken, and told by poll. */
	size_t queued;
	size_t room;
	bool ending;
	int64_t busy_in, busy_out; /* poll says that it is ready, and it is not before this time */
	int failing_in, failing_out; /* errno */
	/* What was taken: it has come true. */
	bool ended;
	bool closing; /* it is being finished */
	bool finished;
	bool settled, lost;         /* what was written: acknowledged, or it never will be */
	bool failed_in, failed_out; /* a failure was told, of reading before the end */
	int64_t failed_at;
	bool reset;   /* the kernel has an error to tell, or had one */
	int pending;  /* ... and what it is, until it is told */
	bool gone;    /* nobody takes what is written */
	bool hung_up; /* nor is there anybody at all */
	size_t low;   /* poll is to call when so much is there */
};

void actor_open(struct actor *, const struct actor_kind *, const char *in_name,
    const char *out_name, int in, int out, enum fault fault);

/* What poll says now of a descriptor of which these events are asked. */
short actor_poll(const struct actor *, int fd, short events);

/* Whether reading would give something, if only its end. */
bool actor_readable(const struct actor *);

/* What can happen to an end while it is waited for. */
enum happening {
	ENDS,
	TAKES_ALL,
	GIVES_ONE,
	GIVES_SOME,
	GIVES_MUCH,
	TAKES_SOME,
	IN_BUSY,
	OUT_BUSY,
	IN_FAILS,
	OUT_FAILS,
	RESETS,
	HANGS_UP,
	READER_GOES,
	HAPPENINGS
};

/* Whether that can happen now, asked being what is asked of its descriptors. */
bool actor_can(const struct actor *, enum happening, bool in_asked, bool out_asked, bool watched);
void actor_does(struct actor *, enum happening);

/* The kernel's half of splicing: how many bytes there are, and how many find room. */
enum io actor_offers(struct actor *, size_t most, size_t *bytes);
enum io actor_accepts(struct actor *, size_t most, size_t *bytes);
void actor_gave(struct actor *, size_t bytes);
void actor_got(struct actor *, size_t bytes);

#endif
