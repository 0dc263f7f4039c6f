#ifndef MODE_ACCESS_H
#define MODE_ACCESS_H

#include "base/event.h"
#include "codec/acl.h"
#include "mode/options.h"
#include "net/peer.h"

/* Which peers to admit: the lists of --allow, --deny and their files, with names looked up. */
struct access {
	struct acl allow, deny;
	bool restricted; /* there is an allow list: other peers are rejected */
};

/*
 * Reads the files and looks up the names, once, so that later no name server is needed. False with
 * FAULT_LOCAL or FAULT_NAME. Must be closed in either case.
 */
bool access_open(struct access *, const struct options *, struct observer *, struct error *);
void access_close(struct access *);

/* Why a peer on a connection (fd, or -1) is rejected; NULL: it is admitted. */
const char *access_refusal(const struct access *, int fd, const struct peer *);

#endif
