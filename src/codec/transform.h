#ifndef CODEC_TRANSFORM_H
#define CODEC_TRANSFORM_H

#include <stddef.h>

struct outbox;

/*
 * What changes bytes on their way: a stream comes in pieces, cut anywhere, and goes out changed. A
 * transform's own struct begins with this. Any number of them make a chain.
 */
struct transform {
	/*
	 * Writes to out what becomes of len bytes of in, and returns how many bytes that is: at
	 * most growth for each. Both may be in one buffer, if in lies at least (growth - 1) * len
	 * bytes behind out: what is written stays behind what is read.
	 */
	size_t (*apply)(struct transform *, char *out, const char *in, size_t len);
	size_t growth;          /* how many bytes one may become, at the most */
	struct outbox *answers; /* what it has to say to the sender; NULL: nothing ever */
	struct transform *next; /* changes what this one has made; NULL: the chain ends here */
};

/* How many bytes a chain may make of one. 1 for NULL, a chain of none. */
size_t transforms_growth(const struct transform *first);

/* Where a chain puts its answers. NULL: it makes none. */
struct outbox *transforms_answers(const struct transform *first);

/*
 * Applies a chain. in is to lie (growth of the chain - 1) * len bytes behind out, or further, and
 * is overwritten. Returns how many bytes are at out then.
 */
size_t transforms_apply(struct transform *first, char *out, char *in, size_t len);

#endif
