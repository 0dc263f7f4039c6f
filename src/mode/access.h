#ifndef MODE_ACCESS_H
#define MODE_ACCESS_H

#include "base/event.h"
#include "codec/acl.h"
#include "mode/options.h"
#include "net/peer.h"

/* Whom to admit: the lists of --allow, --deny and their files, with names looked up. */
struct access {
	struct acl allow, deny;
	bool restricted; /* nobody who is not on the first list */
};

/*
 * Reads the files and looks up the names, once: later no name server has to be asked. False with
 * FAULT_LOCAL or FAULT_NAME; it is to be closed then, too.
 */
bool access_open(struct access *, const struct options *, struct observer *, struct error *);
void access_close(struct access *);

/* Why a peer on a connection (fd, or -1) is not admitted; NULL: he is. */
const char *access_refusal(const struct access *, int fd, const struct peer *);

#endif
