#ifndef CODEC_DIGEST_H
#define CODEC_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum digest_kind { DIGEST_NONE, DIGEST_SHA256, DIGEST_SHA512, DIGEST_MD5, DIGEST_BLAKE2B };

/* The most bytes of a digest, and of its text with the NUL. */
#define DIGEST_MAX 64
#define DIGEST_TEXT (2 * DIGEST_MAX + 1)

/* "sha256", and the kind of such a name; DIGEST_NONE: there is no such digest. */
const char *digest_name(enum digest_kind);
enum digest_kind digest_named(const char *name);

/* The bytes of a digest; 0 for DIGEST_NONE. */
size_t digest_size(enum digest_kind);

/* Whether the text is a digest of this kind: the right number of hexadecimal digits. */
bool digest_is_text(enum digest_kind, const char *text);

/* The kind of a text of such a length; of several, the one named first above. */
enum digest_kind digest_kind_of(const char *text);

/*
 * Computes digests of one kind: with libcrypto, if the build supports it and it can be loaded,
 * otherwise with libmd. Zeroed, it is closed.
 */
struct digests {
	enum digest_kind kind;
	const struct digest_maker *maker;
	void *own; /* the maker's */
};

/* False with FAULT_LOCAL if neither library has this kind. */
bool digests_open(struct digests *, enum digest_kind, struct error *);
void digests_close(struct digests *);

/* One digest that is being computed. Zeroed, it is not started. */
struct digest {
	const struct digests *by;
	void *state;
	bool failed;
};

/* False with FAULT_LOCAL. Its digests must stay open as long as it is used. */
bool digest_start(struct digest *, const struct digests *, struct error *);

/* Adds bytes, in pieces of any size. */
void digest_update(struct digest *, const void *data, size_t len);

/*
 * Writes the digest of all bytes so far as lower-case hexadecimal digits, and ends it. False with
 * FAULT_LOCAL if the library has failed.
 */
bool digest_finish(struct digest *, char text[static DIGEST_TEXT], struct error *);

/* Frees a digest that may not have been finished. Does nothing if it is not started. */
void digest_free(struct digest *);

#endif
