#ifndef CODEC_DIGEST_MAKER_H
#define CODEC_DIGEST_MAKER_H

#include "codec/digest.h"

/*
 * A library that computes digests. open sets what the maker needs in digests->own, and fails with
 * FAULT_LOCAL if the library cannot be loaded or lacks the kind; close frees it. A state is what
 * start returns (NULL: it fails), and is freed by drop.
 */
struct digest_maker {
	bool (*open)(struct digests *, struct error *);
	void (*close)(struct digests *);
	void *(*start)(const struct digests *);
	bool (*update)(const struct digests *, void *state, const void *data, size_t len);
	bool (*finish)(const struct digests *, void *state, unsigned char out[static DIGEST_MAX]);
	void (*drop)(const struct digests *, void *state);
};

#ifdef CRYPTO
extern const struct digest_maker digest_crypto;
#endif
extern const struct digest_maker digest_md;

/* digests_open with this maker only. */
bool digests_open_with(
    struct digests *, enum digest_kind, const struct digest_maker *, struct error *);

#endif
