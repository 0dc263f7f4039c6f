#ifndef NET_LOCAL_H
#define NET_LOCAL_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/address.h"
#include "base/error.h"

/* The path of a unix socket that strait has bound, to be removed at the end. */
struct local_name {
	struct address address;
	bool made; /* strait has made a file there: this one */
	dev_t device;
	ino_t inode;
	char directory[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* made for it, or "" */
};

/*
 * Binds fd to address. A socket file to which no socket is bound any more is replaced. One that is
 * in use, and any other file, stays: FAULT_LOCAL, and what, such as "listen on", begins the text.
 * The file gets the permissions mode; if that is negative, those that the umask leaves. name is
 * zeroed, or as local_private or an earlier call left it.
 */
bool local_bind(struct local_name *, int fd, const struct address *, int mode, const char *what,
    struct error *);

/*
 * Chooses an address to which a peer can reply, in a new directory under TMPDIR or /tmp that only
 * this user can enter. The caller binds a socket to name->address.
 */
bool local_private(struct local_name *, struct error *);

/*
 * The type of the socket at a unix address: SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM. A stream
 * listener does not see a client because of this. 0: one of the first two; the system does not tell
 * which.
 */
int local_type(const struct address *);

/* Removes the file and the directory that were made, unless another file is there now. */
void local_remove(struct local_name *);

#endif
