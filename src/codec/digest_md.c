#include <md5.h>
#include <sha2.h>
#include <stdlib.h>

#include "codec/digest_maker.h"

/* libmd, which libbsd brings along. Without instructions for hashing it is slower than libcrypto.
 */

union state {
	SHA2_CTX sha2;
	MD5_CTX md5;
};

static bool
md_open(struct digests *digests, struct error *err)
{
	return digests->kind != DIGEST_BLAKE2B ||
	       error_set(err, FAULT_LOCAL,
		   "%s digests need libcrypto, which this build does without",
		   digest_name(digests->kind));
}

static void
md_close(struct digests *digests)
{
	(void)digests;
}

static void *
md_start(const struct digests *digests)
{
	union state *state = malloc(sizeof(*state));

	if (state == NULL)
		return NULL;
	if (digests->kind == DIGEST_SHA256)
		SHA256Init(&state->sha2);
	else if (digests->kind == DIGEST_SHA512)
		SHA512Init(&state->sha2);
	else
		MD5Init(&state->md5);
	return state;
}

static bool
md_update(const struct digests *digests, void *opaque, const void *data, size_t len)
{
	union state *state = opaque;

	if (digests->kind == DIGEST_SHA256)
		SHA256Update(&state->sha2, data, len);
	else if (digests->kind == DIGEST_SHA512)
		SHA512Update(&state->sha2, data, len);
	else
		MD5Update(&state->md5, data, len);
	return true;
}

static bool
md_finish(const struct digests *digests, void *opaque, unsigned char out[static DIGEST_MAX])
{
	union state *state = opaque;

	if (digests->kind == DIGEST_SHA256)
		SHA256Final(out, &state->sha2);
	else if (digests->kind == DIGEST_SHA512)
		SHA512Final(out, &state->sha2);
	else
		MD5Final(out, &state->md5);
	return true;
}

static void
md_drop(const struct digests *digests, void *state)
{
	(void)digests;
	free(state);
}

const struct digest_maker digest_md = {
    .open = md_open,
    .close = md_close,
    .start = md_start,
    .update = md_update,
    .finish = md_finish,
    .drop = md_drop,
};
