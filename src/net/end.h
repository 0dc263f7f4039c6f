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

struct task;

/* How one attempt to read, write or finish ended. */
enum io {
	IO_DONE,   /* some of it was done */
	IO_AGAIN,  /* nothing can be done now: ask poll(2) */
	IO_BUSY,   /* the system is short of something that poll does not show: wait a little */
	IO_END,    /* reading: the other side has finished */
	IO_FAILED, /* the end's error says why */
};

/* What splice(2) can do with a descriptor of an end, without blocking once poll has called. */
enum spliceable {
	SPLICEABLE_NOT,   /* nothing: it is not all there is to the end, or it would block */
	SPLICEABLE_PIPE,  /* splice straight to or from it */
	SPLICEABLE_OTHER, /* splice by way of a pipe */
};

/*
 * An end: one side of a conversation. The pair of standard input and output, a connected socket,
 * a datagram socket with its peer. What is below is what the floors above may use of any end.
 */
struct end {
	const struct end_ops *ops;
	/*
	 * The descriptors to poll for reading and for writing, -1: none, and for which events at
	 * this moment, where these are not POLLIN and POLLOUT: reading may depend on room to write
	 * (TLS). Where there is nothing to poll, and no operation ready, it can always be tried.
	 */
	int in, out;
	short in_events, out_events;
	enum spliceable splice_in, splice_out; /* ask end_splice_in and end_splice_out */
	bool messages_in;                      /* reading keeps message boundaries */
	bool messages_out;                     /* writing does */
	enum framing framing; /* where they don't: how the byte stream marks messages */
	bool may_cut;         /* writing: a byte stream may be cut anywhere to make messages */
	bool regular_file;    /* reading: all there is, is there already */
	bool nonblocking;     /* writing may be tried without asking poll: it cannot block */
	bool spoken;          /* it has given something before, if to others */
	bool silent;          /* poll has said that the other side sends no more */
	bool hung_up;         /* poll has said POLLHUP: the other side has gone altogether */
	int pending;          /* an error has come in before all was read: failed after that */
	struct {
		int number;       /* errno, or 0 where there is none */
		const char *text; /* NULL: errno's; else it lives as long as the end */
	} error;                  /* why an operation has failed */
	size_t piece;             /* of much, it is best written this much at once; 0: any size */
	size_t send_max;          /* the longest message it takes; 0: only the kernel knows */
	size_t receive_max;       /* the longest it can give */
	off_t *position;     /* where in a file to read next; NULL: where its descriptor stands */
	struct task *user;   /* of the loop, that uses it; NULL: none does */
	enum fault fault;    /* what a failure here is to the user */
	const char *in_name; /* for messages: "read from NAME: ..." */
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

/*
 * What an end can do. Only close, and reading and writing in the way that its messages_in and
 * messages_out say, are there in any case. Others are NULL where they are said to be; the functions
 * below know that.
 */
struct end_ops {
	/* Of a byte stream: reads up to size bytes into buf; *got is set with IO_DONE. */
	enum io (*read)(struct end *, void *buf, size_t size, size_t *got);
	/*
	 * Takes back bytes that were read too much, as by a handshake: copies them, and they are
	 * read first. False with the end's error. NULL: it cannot.
	 */
	bool (*push_back)(struct end *, const void *data, size_t len);
	/*
	 * Whether reading would give something although poll does not say so: what comes by way of
	 * memory. When it becomes so, end_changed is called. NULL: if there is no descriptor to
	 * poll.
	 */
	bool (*ready)(const struct end *);
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
	/*
	 * Nothing more will be written: half-closes, so that the other side sees the end. With
	 * IO_AGAIN it is called again when out can be written to. NULL: there is nothing to do.
	 */
	enum io (*finish)(struct end *);
	/*
	 * Whether all that was written has reached the other side's kernel: IO_DONE, or IO_AGAIN
	 * with *left bytes on their way (poll does not tell; ask again later). NULL: always.
	 */
	enum io (*acknowledged)(struct end *, size_t *left);
	/*
	 * poll(2) has said, unasked, that something is wrong, or that what is written reaches
	 * nobody any more: whether that is a failure of the conversation. NULL: never.
	 */
	bool (*failed)(struct end *);
	/*
	 * How many messages have been lost since the end was opened, as far as is known, because
	 * they came faster than they were read. NULL: none ever is.
	 */
	uint64_t (*lost)(const struct end *);
	/*
	 * The other side has finished and may go unnoticed: begins to look whether it is there, if
	 * it has not begun yet. NULL: that would be noticed.
	 */
	void (*keepalive)(struct end *);
	/*
	 * From now on poll is to call when so many bytes can be read (1: when any can), or when no
	 * more will come. False, or NULL, where the kind of end has no such low-water mark.
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

/* The operations that an end may do without, as their comments say. */
bool end_ready(const struct end *);
bool end_push_back(struct end *, const void *data, size_t len);
enum io end_finish(struct end *);
enum io end_acknowledged(struct end *, size_t *left);
bool end_failed(struct end *);
void end_keepalive(struct end *);
bool end_low_water(struct end *, size_t bytes);
bool end_doubt(struct end *, bool doubtful);

/* Whether it can be spliced now. What is ready without poll is not in the descriptor. */
enum spliceable end_splice_in(const struct end *);
enum spliceable end_splice_out(const struct end *);

/* What to ask poll(2) before the end is read, or written to. */
struct pollfd end_poll_in(const struct end *);
struct pollfd end_poll_out(const struct end *);

/* The text of its error. */
const char *end_error_text(const struct end *);

/* How many bytes count parts have together. */
size_t end_length(const struct iovec *parts, size_t count);

/* For whoever makes an end ready: its user is asked anew what to poll for. */
void end_changed(const struct end *);

/* For operations. The outcome that errno stands for after a call that failed. */
enum io io_failure(struct end *);

/* IO_FAILED, because of errno's number. */
enum io io_failed(struct end *, int number);

/* The outcome when there is no more to read: a pending error is told then. */
enum io io_end(struct end *);

#endif
