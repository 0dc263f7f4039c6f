#ifndef CODEC_TRANSFORM_H
#define CODEC_TRANSFORM_H

#include <stddef.h>

struct outbox;

/*
 * Changes the bytes of a stream, which comes in pieces that are cut anywhere. The struct of each
 * transform begins with this one. Transforms can be chained.
 */
struct transform {
	/*
	 * Transforms len bytes of in into out, and returns the number of bytes written, at most
	 * growth * len. in and out may overlap if in starts at least (growth - 1) * len bytes after
	 * out: then the output never overtakes the input.
	 */
	size_t (*apply)(struct transform *, char *out, const char *in, size_t len);
	size_t growth;          /* the most bytes that one byte becomes */
	struct outbox *answers; /* what it sends back to the sender; NULL: nothing */
	struct transform *next; /* applied to the output of this one; NULL: the last */
};

/* The most bytes that a chain makes of one byte; 1 for an empty chain (NULL). */
size_t transforms_growth(const struct transform *first);

/* The outbox of a chain; NULL: it never answers. */
struct outbox *transforms_answers(const struct transform *first);

/*
 * Applies a chain, and returns the number of bytes written to out. in must start at least (growth
 * of the chain - 1) * len bytes after out, and is overwritten.
 */
size_t transforms_apply(struct transform *first, char *out, char *in, size_t len);

#endif
