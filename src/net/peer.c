#include "net/peer.h"

#include <string.h>
#include <sys/uio.h>

/*
 * A socket that is connected hears only what is sent to the one local address that the route to
 * the peer prefers. Where the system tells the address that a datagram was sent to, the socket is
 * therefore left as it is, and each reply is told where to come from; IP_RECVERR makes refusals
 * known as connecting would.
 */

#if defined(__linux__) && !defined(PORTABLE)

static int
turn_on(int fd, int level, int option)
{
	const int on = 1;

	return setsockopt(fd, level, option, &on, sizeof(on));
}

int
peer_prepare(int fd, int family, bool refusals)
{
	if (family == AF_INET)
		return turn_on(fd, IPPROTO_IP, IP_PKTINFO) |
		       (refusals ? turn_on(fd, IPPROTO_IP, IP_RECVERR) : 0);
	return turn_on(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO) |
	       (refusals ? turn_on(fd, IPPROTO_IPV6, IPV6_RECVERR) : 0);
}

static void
set_control(struct peer *peer, int level, int type, const void *data, size_t len)
{
	struct cmsghdr *header = (struct cmsghdr *)peer->control;

	header->cmsg_level = level;
	header->cmsg_type = type;
	header->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(header), data, len);
	peer->control_len = CMSG_SPACE(len);
}

/* Makes of what came with a datagram what is to go with the replies. */
static void
keep_control(struct peer *peer, struct msghdr *message)
{
	struct in_pktinfo four = {0};
	struct in6_pktinfo six = {0};

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&four, CMSG_DATA(c), sizeof(four));
			/* The route chooses the interface; this is the reply's source. */
			four.ipi_ifindex = 0;
			set_control(peer, IPPROTO_IP, IP_PKTINFO, &four, sizeof(four));
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&six, CMSG_DATA(c), sizeof(six));
			if (IN6_IS_ADDR_MULTICAST(&six.ipi6_addr))
				six.ipi6_addr = in6addr_any;
			six.ipi6_ifindex = 0;
			set_control(peer, IPPROTO_IPV6, IPV6_PKTINFO, &six, sizeof(six));
		}
	}
}

#else

int
peer_prepare(int fd, int family, bool refusals)
{
	(void)fd;
	(void)family;
	(void)refusals;
	return 0;
}

static void
keep_control(struct peer *peer, struct msghdr *message)
{
	(void)peer;
	(void)message;
}

#endif

void
peer_from(struct peer *peer, struct msghdr *message)
{
	memset(peer, 0, sizeof(*peer));
	memcpy(&peer->address.to, message->msg_name, message->msg_namelen);
	address_received(&peer->address, message->msg_namelen);
	keep_control(peer, message);
}

void
peer_take(int fd, const struct peer *peer)
{
	if (peer->control_len == 0 && address_named(&peer->address))
		(void)!connect(fd, &peer->address.to.any, peer->address.len);
}

ssize_t
peer_receive(int fd, void *buf, size_t size, int flags, struct peer *peer)
{
	_Alignas(struct cmsghdr) unsigned char control[PEER_CONTROL];
	struct address from;
	struct iovec part = {.iov_base = buf, .iov_len = size};
	struct msghdr message = {
	    .msg_name = &from.to,
	    .msg_namelen = sizeof(from.to),
	    .msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = control,
	    .msg_controllen = sizeof(control),
	};
	const ssize_t n = recvmsg(fd, &message, flags);

	if (n != -1)
		peer_from(peer, &message);
	return n;
}

bool
peer_find(int fd, struct peer *peer)
{
	char byte;

	return peer_receive(fd, &byte, sizeof(byte), MSG_PEEK, peer) != -1;
}
