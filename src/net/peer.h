#ifndef NET_PEER_H
#define NET_PEER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/address.h"

/*
 * Who is talked to. control is for UDP sockets that listen on all addresses: it makes the replies
 * come from the address that the peer has sent to (ip(7) IP_PKTINFO, RFC 3542 IPV6_PKTINFO). The
 * route might prefer another one, of which the peer knows nothing.
 */
struct peer {
	struct address address;
	_Alignas(struct cmsghdr) unsigned char control[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	size_t control_len; /* 0: the socket is connected, or the peer can't be answered */
};

/* Prepares a UDP socket that listens for peer_find. -1 with errno. */
int peer_prepare(int fd, int family);

/*
 * Finds out who has sent the first datagram in a socket's queue, where it stays, and what it takes
 * to answer: the socket is connected to the peer, unless it takes a control message. A sender that
 * has no name, or has gone, is found all the same. False with errno when there is no datagram.
 */
bool peer_find(int fd, struct peer *);

#endif
