#ifndef CODEC_TRANSFORM_H
#define CODEC_TRANSFORM_H

#include <stdbool.h>
#include <stddef.h>

struct outbox;

/*
 * A transform changes the bytes of a stream, which it gets in pieces of any size. The struct of
 * each transform begins with this one. Transforms can be chained.
 */
struct transform {
	/*
	 * Transforms len bytes of in into out, and returns the number of bytes written. It may keep
	 * back up to carry bytes until it knows what follows, so that with those of earlier pieces
	 * it writes at most growth * (carry + len). in and out may overlap if in starts at least
	 * growth * (carry + len) - len bytes after out: then the output never overtakes the input.
	 */
	size_t (*apply)(struct transform *, char *out, const char *in, size_t len);
	/*
	 * Nothing follows: writes what was kept back, and returns the number of bytes, at most
	 * growth * carry. The next piece begins anew. NULL: nothing is ever kept back.
	 */
	size_t (*end)(struct transform *, char *out);
	size_t growth;          /* the most output bytes for one input byte */
	size_t carry;           /* the most input bytes that are kept back */
	struct outbox *answers; /* where it puts answers to the sender; NULL: it never answers */
	struct transform *next; /* applied to the output of this one; NULL: the last */
};

/* The most output bytes of a chain for len input bytes; len for an empty chain (NULL). */
size_t transforms_size(const struct transform *first, size_t len);

/* The outbox of the transform in a chain that answers; NULL: none does. */
struct outbox *transforms_answers(const struct transform *first);

/*
 * Applies a chain, and returns the number of bytes written to out. in must start at least
 * transforms_size(first, len) - len bytes after out, and is overwritten. last: nothing follows, so
 * that nothing is kept back.
 */
size_t transforms_apply(struct transform *first, char *out, char *in, size_t len, bool last);

#endif
