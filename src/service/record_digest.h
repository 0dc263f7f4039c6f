#ifndef SERVICE_RECORD_DIGEST_H
#define SERVICE_RECORD_DIGEST_H

#include "base/event.h"
#include "pump/tap_digest.h"

/* Which digests of a peer's data are computed, and what for. */
struct digest_rules {
	enum digest_kind kind; /* DIGEST_NONE: no digest */
	bool tell;             /* report those of what was sent and received */
	const char *expect;    /* that of what was received, in digits of either case; NULL: any */
	bool several;          /* there may be several peers: reports name the peer */
};

/* The digests of one peer's data. Zeroed, there are none. */
struct record_digest {
	const struct digest_rules *rules;
	struct tap_digest sent, received;
};

/*
 * Starts those that the rules ask for. False with FAULT_LOCAL; needs record_digest_free in either
 * case. Rules and digests, which were opened for the same kind, must outlive it.
 */
bool record_digest_start(
    struct record_digest *, const struct digest_rules *, const struct digests *, struct error *);

/* The taps for what is sent and for what is received; NULL: none is needed. */
struct tap *record_digest_sent(struct record_digest *);
struct tap *record_digest_received(struct record_digest *);

/*
 * Reports the digests of all data so far, to and from the peer of that name. False with FAULT_PEER
 * if what was received has not the digest that is expected; with FAULT_LOCAL if a digest cannot be
 * computed. Does nothing if there are none, or if they have ended before.
 */
bool record_digest_end(struct record_digest *, const char *name, struct observer *, struct error *);
void record_digest_free(struct record_digest *);

#endif
