#ifndef NET_END_H
#define NET_END_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/error.h"
#include "codec/framing.h"

/* How one attempt to read, write or finish ended. */
enum io {
	IO_DONE,   /* some of it was done */
	IO_AGAIN,  /* nothing can be done now: ask poll(2) */
	IO_BUSY,   /* the system is short of something that poll does not show: wait a little */
	IO_END,    /* reading: the other side has finished */
	IO_FAILED, /* errno says why */
};

/* What splice(2) can do with a descriptor of an end, without blocking once poll has called. */
enum bare {
	BARE_NOT,   /* nothing: it is not all there is to the end, or it would block */
	BARE_PIPE,  /* splice straight to or from it */
	BARE_OTHER, /* splice by way of a pipe */
};

/*
 * An end: one side of a conversation. The pair of standard input and output, a connected socket,
 * a datagram socket with its peer. What is below is what the floors above may use of any end.
 */
struct end {
	const struct end_ops *ops;
	int in, out; /* what to poll for reading and for writing; -1: nothing */
	enum bare bare_in, bare_out;
	bool messages_in;     /* reading keeps message boundaries */
	bool messages_out;    /* writing does */
	enum framing framing; /* where they don't: how the byte stream marks messages */
	bool divisible;       /* what is no message may be cut anywhere to make messages of it */
	bool whole;           /* all there is to read is there already: a regular file */
	bool eager;           /* writing may be tried without asking poll: it cannot block */
	bool spoken;          /* it has given something before, if to others */
	bool silent;          /* poll has said that the other side sends no more */
	bool hung_up;         /* poll has said POLLHUP: the other side has gone altogether */
	int error;            /* has come in before all was read: told after that; 0: none */
	size_t piece;         /* of much, it is best written this much at once; 0: any size */
	size_t send_max;      /* the longest message it takes; 0: the kernel alone knows */
	size_t receive_max;   /* the longest it can give */
	off_t *position;      /* where in a file to read next; NULL: where its descriptor stands */
	enum fault fault;     /* what a failure here is to the user */
	const char *in_name;  /* for messages: "read from NAME: ..." */
	const char *out_name;
};

/* What poll(2) says when the other side sends no more, where it tells that from a hang-up. */
#ifdef POLLRDHUP
#define END_SILENT POLLRDHUP
#else
#define END_SILENT 0
#endif

/* How many messages one call may receive or send. */
#define MESSAGES_MAX 32

struct end_ops {
	/* Of a byte stream: reads up to size bytes into buf; *got is set with IO_DONE. */
	enum io (*read)(struct end *, void *buf, size_t size, size_t *got);
	/*
	 * Of an end that has no descriptor to poll for reading: whether there is nothing to be read
	 * now. NULL: there always is.
	 */
	bool (*empty)(const struct end *);
	/* Writes some of the bytes of count parts, one behind the other; *put is set with IO_DONE.
	 */
	enum io (*write)(struct end *, const struct iovec *parts, size_t count, size_t *put);
	/*
	 * Of an end that keeps message boundaries: receives up to count messages, each into a space
	 * of its own, and makes the spaces' lengths the messages'. *got is how many, with IO_DONE.
	 */
	enum io (*receive)(struct end *, struct iovec *spaces, size_t count, size_t *got);
	/* Sends some of count messages, whole ones; *put is how many, with IO_DONE. */
	enum io (*send)(struct end *, const struct iovec *messages, size_t count, size_t *put);
	/* Nothing more will be written: half-closes, so that the other side sees the end. */
	enum io (*finish)(struct end *);
	/*
	 * Whether all that was written has reached the other side's kernel: IO_DONE, or IO_AGAIN
	 * with *left bytes on their way (poll does not tell; ask again later).
	 */
	enum io (*settle)(struct end *, size_t *left);
	/* Whether an error has come in that reading and writing would tell: true with errno. */
	bool (*failed)(struct end *);
	/*
	 * poll(2) has said, unasked, that what is written reaches nobody any more: whether that is
	 * a failure of the conversation, with errno.
	 */
	bool (*deserted)(struct end *);
	/*
	 * How many messages have been lost since the end was opened, as far as is known, because
	 * they came faster than they were read. NULL: none ever is.
	 */
	uint64_t (*lost)(const struct end *);
	/* The other side has finished and may go unnoticed: begins to look whether it is there. */
	void (*probe)(struct end *);
	/*
	 * From now on poll is to call when so many bytes can be read (1: when any can), or when no
	 * more will come. False where the kind of end has no such low-water mark.
	 */
	bool (*low_water)(struct end *, size_t bytes);
	/*
	 * Whoever gets what is read from this end may have gone: others should be able to have it
	 * until it is known that this is not so. False, or NULL: there are no others.
	 */
	bool (*doubt)(struct end *, bool doubtful);
	/*
	 * Gives up everything the end owns. With abandon, in a way that the other side can tell
	 * from an orderly end, where its kind of socket has one.
	 */
	void (*close)(struct end *, bool abandon);
};

/* For ends where an operation has nothing to do. */
enum io end_finish_nothing(struct end *);
enum io end_settle_nothing(struct end *, size_t *left);
bool end_fail_never(struct end *);
void end_probe_nothing(struct end *);
bool end_low_water_never(struct end *, size_t bytes);

/* How many bytes count parts have together. */
size_t end_length(const struct iovec *parts, size_t count);

/* Whether an end that has no descriptor to poll can be read now, and whether it can't. */
bool end_ready(const struct end *);
bool end_idle(const struct end *);

/* The outcome that errno stands for after a call that failed. */
enum io io_failure(void);

/* The outcome when there is no more to read: IO_FAILED if an error has come in, with errno. */
enum io io_end(const struct end *);

#endif
