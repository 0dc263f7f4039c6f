#ifndef NET_LOCAL_H
#define NET_LOCAL_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/address.h"
#include "base/error.h"

/* A name that a unix socket of ours has in the file system, to be removed when we go. */
struct local_name {
	struct address address;
	bool made; /* there is a file, and we made it: */
	dev_t device;
	ino_t inode;
	char directory[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* and this, or "" */
};

/*
 * Binds fd to address. A socket file that nobody listens on any more is replaced; one that
 * somebody does, and anything that isn't a socket, is left alone (FAULT_LOCAL; what, such as
 * "listen on", begins the text). The file gets the permissions of mode, or those that the umask
 * leaves where that is negative. name is empty, or what local_private or an earlier call made it.
 */
bool local_bind(struct local_name *, int fd, const struct address *, int mode, const char *what,
    struct error *);

/*
 * Makes an address to be answered at, in a new directory under TMPDIR or /tmp that nobody else can
 * enter. The caller binds it: name->address.
 */
bool local_private(struct local_name *, struct error *);

/*
 * The type of the socket at a unix address: SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM. Nobody is
 * connected to. 0: not datagrams, and which of the others this system does not tell.
 */
int local_type(const struct address *);

/* Removes what was made, if it is still ours. */
void local_remove(struct local_name *);

#endif
