#ifndef CODEC_TRANSFORM_H
#define CODEC_TRANSFORM_H

#include <stddef.h>

struct outbox;

/*
 * A transform changes the bytes of a stream, which it gets in pieces of any size. The struct of
 * each transform begins with this one. Transforms can be chained.
 */
struct transform {
	/*
	 * Transforms len bytes of in into out, and returns the number of bytes written, at most
	 * growth * len. in and out may overlap if in starts at least (growth - 1) * len bytes after
	 * out: then the output never overtakes the input.
	 */
	size_t (*apply)(struct transform *, char *out, const char *in, size_t len);
	size_t growth;          /* the most output bytes for one input byte */
	struct outbox *answers; /* where it puts answers to the sender; NULL: it never answers */
	struct transform *next; /* applied to the output of this one; NULL: the last */
};

/* The most output bytes of a chain for one input byte; 1 for an empty chain (NULL). */
size_t transforms_growth(const struct transform *first);

/* The outbox of the transform in a chain that answers; NULL: none does. */
struct outbox *transforms_answers(const struct transform *first);

/*
 * Applies a chain, and returns the number of bytes written to out. in must start at least (growth
 * of the chain - 1) * len bytes after out, and is overwritten.
 */
size_t transforms_apply(struct transform *first, char *out, char *in, size_t len);

#endif
