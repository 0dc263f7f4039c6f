#ifndef CODEC_FILTER_H
#define CODEC_FILTER_H

#include <stddef.h>

/* No filter makes more than so many bytes of one. */
#define FILTER_GROWTH 2

/*
 * What changes bytes on their way: a stream comes in pieces, cut anywhere, and goes out changed. A
 * filter's own struct begins with this.
 */
struct filter {
	/*
	 * Writes to out what becomes of len bytes of in, and returns how many bytes that is: at
	 * most FILTER_GROWTH for each. Both may be in one buffer, if in lies so far behind out that
	 * what is written stays behind what is read, or begins where out does for a filter that
	 * only takes away.
	 */
	size_t (*apply)(struct filter *, char *out, const char *in, size_t len);
};

#endif
