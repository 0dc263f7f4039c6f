#ifndef NET_PEER_H
#define NET_PEER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/address.h"

/*
 * A peer's address. For a UDP socket that listens on all addresses control holds the message that
 * makes a reply come from the address that the peer has sent to (ip(7) IP_PKTINFO, RFC 3542
 * IPV6_PKTINFO): the route might prefer another one, which the peer does not know.
 */
struct peer {
	struct address address;
	_Alignas(struct cmsghdr) unsigned char control[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	size_t control_len; /* 0: there is none */
};

/*
 * Room for the control messages of a datagram over IP. A unix socket must be given none: the kernel
 * would install descriptors that the peer passes.
 */
#define PEER_CONTROL 256

/*
 * Prepares a listening UDP socket for peer_find. With refusals it reports ICMP errors, which do not
 * say which of several peers they are about. -1 with errno.
 */
int peer_prepare(int fd, int family, bool refusals);

/*
 * Fills in the sender of the first datagram in a socket's queue, and the control message for
 * replies. The datagram stays in the queue. False with errno when there is none.
 */
bool peer_find(int fd, int family, struct peer *);

/*
 * Receives a datagram with recvmsg(2)'s flags, and fills in its sender. Returns its length; what is
 * longer than size is cut off. -1 with errno.
 */
ssize_t peer_receive(int fd, int family, void *buf, size_t size, int flags, struct peer *);

/* Fills in the sender of a message that was received with room for control messages. */
void peer_from(struct peer *, struct msghdr *);

/*
 * The local address that a peer has sent or connected to, of a socket that may listen on all of
 * them; if the system does not tell, the one from which replies would come. A nameless unix address
 * on failure.
 */
void peer_local(struct address *out, int fd, const struct peer *);

/* Whether the address is the same, and the local address that replies come from. */
bool peer_equal(const struct peer *, const struct peer *);

/* Connects the socket to a peer that peer_find has found, unless replies need control messages. */
void peer_connect(int fd, const struct peer *);

#endif
