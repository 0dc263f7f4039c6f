#include "pump/tap_digest.h"

static void
digest_saw(struct tap *tap, const char *data, size_t len)
{
	digest_update(&((struct tap_digest *)tap)->digest, data, len);
}

bool
tap_digest_start(struct tap_digest *tap, const struct digests *digests, struct error *err)
{
	*tap = (struct tap_digest){
	    .tap = {.needs_bytes = true, .saw = digest_saw, .answered = digest_saw}};
	return digest_start(&tap->digest, digests, err);
}
