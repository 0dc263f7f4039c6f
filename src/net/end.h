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

struct peer;
struct task;

/* The outcome of an attempt to read, write or finish. */
enum io {
	IO_DONE,   /* at least a part was done */
	IO_AGAIN,  /* nothing can be done now: wait with poll(2) */
	IO_BUSY,   /* short of memory or room, and poll(2) won't report when there is: retry soon */
	IO_END,    /* reading: the other side has finished */
	IO_FAILED, /* the end's error says why */
};

/* What splice(2) can do with an end's descriptor without blocking, once it is ready (poll(2)). */
enum spliceable {
	SPLICEABLE_NOT,   /* nothing: it would block, or bypass what the end does to the data */
	SPLICEABLE_PIPE,  /* splice straight to or from it */
	SPLICEABLE_OTHER, /* splice by way of a pipe */
};

/*
 * An end: one side of a conversation, such as standard input and output, a connected socket, a
 * datagram socket and its peer, or a child's pipes. The pump knows ends only by this struct. Each
 * kind of end is a struct that begins with it, and a table of operations.
 */
struct end {
	const struct end_ops *ops;
	/*
	 * The descriptors to poll before reading and before writing; -1: none. The events to poll
	 * for at this moment; 0: POLLIN and POLLOUT. A TLS read, for example, may need POLLOUT. An
	 * end without a descriptor, and without the operation ready, may be read at any time.
	 */
	int in, out;
	short in_events, out_events;
	enum spliceable splice_in, splice_out; /* ask end_splice_in and end_splice_out */
	bool messages_in;                      /* reading gives whole messages (ops->receive) */
	bool messages_out;                     /* writing takes whole messages (ops->send) */
	enum framing framing;                  /* of a byte stream: how it marks messages */
	bool may_cut;      /* writing: a byte stream may be cut anywhere into messages */
	bool regular_file; /* reading never has to wait for data */
	bool nonblocking;  /* writing cannot block, and may be tried without poll(2) */
	bool input_seen;   /* something was read before, if by another conversation */
	bool rdhup;        /* the last poll(2) has reported that the other side sends no more */
	bool singly;       /* messages are received one at a time: see the operation peer */
	bool hung_up;      /* poll(2) has reported an error or hang-up, without being asked */
	int pending;       /* errno to report once all that had arrived is read; 0: none */
	struct {
		int number;       /* errno; 0: there is only a text */
		const char *text; /* NULL: errno's; else it lives as long as the end */
	} error;                  /* why the last operation that failed did */
	size_t piece;             /* the best size for large writes; 0: any */
	size_t send_max;          /* the longest message it takes; 0: not known */
	size_t receive_max;       /* the longest message it gives */
	off_t *position;          /* the file offset to read at; NULL: the descriptor's own */
	struct task *user;        /* the task that polls this end; NULL: none */
	enum fault fault;         /* the exit status if this end fails */
	const char *in_name;      /* for messages: "read from NAME: ..." */
	const char *out_name;
};

/* What poll(2) reports when the other side has half-closed; 0: not told from a hang-up. */
#ifdef POLLRDHUP
#define END_RDHUP POLLRDHUP
#else
#define END_RDHUP 0
#endif

/* The most messages that one call receives or sends. */
#define MESSAGES_MAX 32

/*
 * The operations of an end. Always present: close; read or receive, as messages_in says; write or
 * send, as messages_out says. The others may be NULL, with the meaning given in their comments; the
 * end_ functions below handle that.
 */
struct end_ops {
	/* Of a byte stream: reads up to size bytes into buf. Sets *got with IO_DONE. */
	enum io (*read)(struct end *, void *buf, size_t size, size_t *got);
	/*
	 * Takes back bytes that were read but not used, for example by a handshake: the end keeps a
	 * copy, and the next read returns them. False with the end's error. NULL: not supported.
	 */
	bool (*push_back)(struct end *, const void *data, size_t len);
	/*
	 * Whether a read would return data that poll(2) does not know of, because it is in memory.
	 * The end calls end_changed when this becomes true. NULL: true if there is no descriptor.
	 */
	bool (*ready)(const struct end *);
	/* As writev(2): writes some bytes of the parts. Sets *put with IO_DONE. */
	enum io (*write)(struct end *, const struct iovec *parts, size_t count, size_t *put);
	/*
	 * Of an end with messages: receives up to count messages, each into one of the spaces, and
	 * sets the lengths of these. Sets *got to their number with IO_DONE.
	 */
	enum io (*receive)(struct end *, struct iovec *spaces, size_t count, size_t *got);
	/* Sends some of count messages. Sets *put to their number with IO_DONE. */
	enum io (*send)(struct end *, const struct iovec *messages, size_t count, size_t *put);
	/*
	 * Half-closes: nothing more will be written, and the other side reads the end. With
	 * IO_AGAIN it is called again once out is writable. NULL: there is nothing to do.
	 */
	enum io (*finish)(struct end *);
	/*
	 * Whether the other side's kernel has acknowledged all that was written: IO_DONE, or
	 * IO_AGAIN with *left bytes still to go (poll(2) does not report it). NULL: always.
	 */
	enum io (*acknowledged)(struct end *, size_t *left);
	/*
	 * poll(2) has reported an error or hang-up although no event was asked for: whether the
	 * conversation fails because of that. NULL: never.
	 */
	bool (*failed)(struct end *);
	/*
	 * How many messages the kernel has dropped since the end was opened because they arrived
	 * faster than they were read, as far as it tells. NULL: none.
	 */
	uint64_t (*lost)(const struct end *);
	/*
	 * Of datagrams: the peer, and in *fd the socket: if received is true who has sent the last
	 * datagram received (if several senders are heard: with singly only), else who the last one
	 * was sent to. NULL: always the same.
	 */
	const struct peer *(*peer)(const struct end *, bool received, int *fd);
	/*
	 * To be called when the other side has half-closed: has the kernel send keepalive probes,
	 * so that the death of the peer is noticed. NULL: not needed.
	 */
	void (*keepalive)(struct end *);
	/*
	 * Sets the low-water mark: poll(2) is to report POLLIN only when so many bytes can be read
	 * (1: any), or at the end. False, or NULL: not supported.
	 */
	bool (*low_water)(struct end *, size_t bytes);
	/*
	 * doubtful: the peer that gets what is read from this end may be gone. The end is to keep
	 * that input for other conversations, until called with false. Returns false, or is NULL,
	 * if no other conversation shares the input.
	 */
	bool (*doubt)(struct end *, bool doubtful);
	/*
	 * Releases everything the end owns. With abandon, in a way that the other side can tell
	 * from an orderly end, if there is one: a reset for TCP.
	 */
	void (*close)(struct end *, bool abandon);
};

/* These call the operations that may be NULL. */
bool end_ready(const struct end *);
bool end_push_back(struct end *, const void *data, size_t len);
enum io end_finish(struct end *);
enum io end_acknowledged(struct end *, size_t *left);
bool end_failed(struct end *);
void end_keepalive(struct end *);
bool end_low_water(struct end *, size_t bytes);
bool end_doubt(struct end *, bool doubtful);

/* Whether and how it can be spliced now: not while the end has buffered input. */
enum spliceable end_splice_in(const struct end *);
enum spliceable end_splice_out(const struct end *);

/* The entry for poll(2) before the end is read, or written to. */
struct pollfd end_poll_in(const struct end *);
struct pollfd end_poll_out(const struct end *);

/* The text of the end's error. */
const char *end_error_text(const struct end *);

/* The sum of the lengths of count parts. */
size_t end_length(const struct iovec *parts, size_t count);

/* The last of the first bytes of the parts, of which there is at least one. */
char end_last(const struct iovec *parts, size_t bytes);

/* To be called when an end has become ready: the loop calls want() of its user again. */
void end_changed(const struct end *);

/* For operations: the outcome after a failed system call, from errno. */
enum io io_failure(struct end *);

/* Stores number, an errno, as the end's error. Returns IO_FAILED. */
enum io io_failed(struct end *, int number);

/* The outcome at the end of input: IO_FAILED if an error is pending, else IO_END. */
enum io io_end(struct end *);

#endif
