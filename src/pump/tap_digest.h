#ifndef PUMP_TAP_DIGEST_H
#define PUMP_TAP_DIGEST_H

#include "codec/digest.h"
#include "pump/tap.h"

/* A tap that computes the digest of all that it sees. */
struct tap_digest {
	struct tap tap;
	struct digest digest; /* the owner finishes or frees it */
};

/* False with FAULT_LOCAL. The digests must stay open as long as the tap is used. */
bool tap_digest_start(struct tap_digest *, const struct digests *, struct error *);

#endif
