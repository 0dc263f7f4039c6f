#ifndef PUMP_TAP_H
#define PUMP_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

/*
 * A tap sees the bytes that cross one side of a lane, and changes nothing: a digest, a hexdump, a
 * capture. The struct of each tap begins with this one. Taps are a list.
 */
struct tap {
	bool needs_bytes; /* the lane must copy: spliced bytes cannot be seen */
	/*
	 * len bytes were written to the sink, or read from the source, including the frames of
	 * messages. data is NULL if they were spliced, which never happens with a tap that needs
	 * the bytes.
	 */
	void (*saw)(struct tap *, const char *data, size_t len);
	/*
	 * What one read or write has moved, for which saw was called once or more, is complete.
	 * NULL: not called.
	 */
	void (*seen)(struct tap *);
	/* The same as saw and seen, of answers that a transform of the other lane has made. NULL:
	 * not called. */
	void (*answered)(struct tap *, const char *data, size_t len);
	/* The bytes seen last were the end of a message. NULL: not called. */
	void (*message_end)(struct tap *);
	/* There will be no more bytes; broken: the lane has failed. NULL: not called. */
	void (*ended)(struct tap *, bool broken);
	/*
	 * Whether it can take more: while it cannot, the lane does not read. Whoever owns the tap
	 * calls loop_changed for the task of the pump when this becomes true. NULL: always.
	 */
	bool (*has_room)(const struct tap *);
	struct tap *next;
};

/* Adds a tap at the front of a list. NULL: none. */
void taps_add(struct tap **first, struct tap *);

/* These call the operations of all taps of a list, which may be empty (NULL). */

/* The first so many bytes of the parts were seen; parts is NULL if they were spliced. */
void taps_saw(struct tap *first, const struct iovec *parts, size_t bytes);
void taps_answered(struct tap *first, const char *data, size_t len);
void taps_message_end(struct tap *first);
void taps_ended(struct tap *first, bool broken);
bool taps_have_room(const struct tap *first);
bool taps_need_bytes(const struct tap *first);

#endif
