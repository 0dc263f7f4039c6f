#include "codec/digest_maker.h"

#ifdef CRYPTO

#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <stdlib.h>

#include "base/library.h"

/*
 * OpenSSL's libcrypto, which has the processor's instructions for hashing. Loading it takes
 * milliseconds, so it is not linked, but loaded when a digest is wanted.
 */

#define TEXT(x) #x
#define TEXT_OF(x) TEXT(x)
#ifdef OPENSSL_SHLIB_VERSION
#define SONAME "libcrypto.so." TEXT_OF(OPENSSL_SHLIB_VERSION)
#else
#define SONAME "libcrypto.so." SHLIB_VERSION_NUMBER
#endif

struct crypto {
	struct library library;
	__typeof__(EVP_MD_CTX_new) *create;
	__typeof__(EVP_MD_CTX_free) *destroy;
	__typeof__(EVP_DigestInit_ex) *init;
	__typeof__(EVP_DigestUpdate) *update;
	__typeof__(EVP_DigestFinal_ex) *final;
	__typeof__(EVP_sha256) *md; /* of the kind that is wanted */
};

static bool
find_all(struct crypto *crypto, enum digest_kind kind, struct error *err)
{
	static const char *const names[] = {[DIGEST_SHA256] = "EVP_sha256",
	    [DIGEST_SHA512] = "EVP_sha512",
	    [DIGEST_MD5] = "EVP_md5",
	    [DIGEST_BLAKE2B] = "EVP_blake2b512"};
	const struct library *library = &crypto->library;

	return library_find(library, "EVP_MD_CTX_new", &crypto->create, err) &&
	       library_find(library, "EVP_MD_CTX_free", &crypto->destroy, err) &&
	       library_find(library, "EVP_DigestInit_ex", &crypto->init, err) &&
	       library_find(library, "EVP_DigestUpdate", &crypto->update, err) &&
	       library_find(library, "EVP_DigestFinal_ex", &crypto->final, err) &&
	       library_find(library, names[kind], &crypto->md, err);
}

static void *
crypto_start(const struct digests *digests)
{
	const struct crypto *crypto = digests->own;
	EVP_MD_CTX *state = crypto->create();

	if (state != NULL && crypto->init(state, crypto->md(), NULL) == 1)
		return state;
	crypto->destroy(state);
	return NULL;
}

static void
crypto_drop(const struct digests *digests, void *state)
{
	((const struct crypto *)digests->own)->destroy(state);
}

static void
crypto_close(struct digests *digests)
{
	struct crypto *crypto = digests->own;

	library_close(&crypto->library);
	free(crypto);
}

/* The system may forbid a kind (MD5, for example), so one is tried. */
static bool
is_allowed(const struct digests *digests, struct error *err)
{
	void *state = crypto_start(digests);

	if (state == NULL)
		return error_set(err, FAULT_LOCAL, "%s has no %s digests here", SONAME,
		    digest_name(digests->kind));
	crypto_drop(digests, state);
	return true;
}

static bool
crypto_open(struct digests *digests, struct error *err)
{
	struct crypto *crypto = calloc(1, sizeof(*crypto));

	if (crypto == NULL)
		return error_errno(err, FAULT_LOCAL, "memory");
	digests->own = crypto;
	if (library_open(&crypto->library, SONAME, err) && find_all(crypto, digests->kind, err) &&
	    is_allowed(digests, err))
		return true;
	crypto_close(digests);
	return false;
}

static bool
crypto_update(const struct digests *digests, void *state, const void *data, size_t len)
{
	return ((const struct crypto *)digests->own)->update(state, data, len) == 1;
}

static bool
crypto_finish(const struct digests *digests, void *state, unsigned char out[static DIGEST_MAX])
{
	return ((const struct crypto *)digests->own)->final(state, out, NULL) == 1;
}

const struct digest_maker digest_crypto = {
    .open = crypto_open,
    .close = crypto_close,
    .start = crypto_start,
    .update = crypto_update,
    .finish = crypto_finish,
    .drop = crypto_drop,
};

#endif
