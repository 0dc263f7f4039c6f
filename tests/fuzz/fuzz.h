#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

/* What fails is said by assert(3), and that is what a fuzzer looks for. */
#undef NDEBUG
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../unit/pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The first bytes of an input say how long the pieces of the rest are; over and over. */
#define SIZES 4

static inline void
cuts_from(struct cuts *cuts, const uint8_t sizes[SIZES], size_t len)
{
	size_t end = 0;

	cuts->count = 0;
	do {
		const size_t size = sizes[cuts->count % SIZES] % 32u + 1;

		end = len - end > size ? end + size : len;
		cuts->ends[cuts->count++] = end;
	} while (end < len);
}

#endif
