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

/*
 * Room for the control messages that may come with a datagram over IP. On a unix socket there is to
 * be none: the kernel would put descriptors there that the peer passes.
 */
#define PEER_CONTROL 256

/*
 * Prepares a UDP socket that listens for peer_find. With refusals it learns that a peer has gone;
 * one that has several peers cannot tell which. -1 with errno.
 */
int peer_prepare(int fd, int family, bool refusals);

/*
 * Finds out who has sent the first datagram in the queue of a socket of family, where it stays, and
 * the control message that goes with an answer. A sender that has no name, or has gone, is found
 * all the same. False with errno when there is no datagram.
 */
bool peer_find(int fd, int family, struct peer *);

/*
 * Receives a datagram on a socket of family with recvmsg(2)'s flags, and finds out who has sent it.
 * Returns its length; what is longer than size is cut off. -1 with errno.
 */
ssize_t peer_receive(int fd, int family, void *buf, size_t size, int flags, struct peer *);

/* The same from a message that has been received, with room for control messages, if not data. */
void peer_from(struct peer *, struct msghdr *);

/*
 * The address of ours that a peer has reached, on a socket that may listen on all of them: where it
 * is not known of a datagram, the one that answers come from. A unix address without a name where
 * the system does not tell.
 */
void peer_local(struct address *out, int fd, const struct peer *);

/* Connects the socket to a peer that was found, unless answering takes a control message. */
void peer_take(int fd, const struct peer *);

#endif
