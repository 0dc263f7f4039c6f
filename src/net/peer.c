#include "net/peer.h"

#include <string.h>
#include <sys/uio.h>

#include "net/descriptor.h"

/*
 * Theory of operation. connect(2) also sets a UDP socket's local address, to the one that the route
 * to the peer prefers. If this host has several addresses, the peer may have sent to another one,
 * and the socket would then receive nothing more. So where the system reports at which address a
 * datagram has arrived (IP_PKTINFO), the socket stays unconnected, and each reply sets its source
 * address. IP_RECVERR reports a refusal by the peer, as a connected socket would.
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

/* Turns the control message of a datagram into the one for replies. */
static void
keep_control(struct peer *peer, struct msghdr *message)
{
	struct in_pktinfo four = {0};
	struct in6_pktinfo six = {0};

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&four, CMSG_DATA(c), sizeof(four));
			/* Only the source address is set; the route chooses the interface. */
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

/* Sets local to the address in the control message, if there is one. */
static void
apply_control(struct address *local, const struct peer *peer)
{
	const struct cmsghdr *header = (const struct cmsghdr *)peer->control;
	struct in_pktinfo four;
	struct in6_pktinfo six;

	if (peer->control_len == 0)
		return;
	if (header->cmsg_level == IPPROTO_IP && address_family(local) == AF_INET) {
		memcpy(&four, CMSG_DATA(header), sizeof(four));
		local->to.ip4.sin_addr = four.ipi_spec_dst;
	} else if (header->cmsg_level == IPPROTO_IPV6 && address_family(local) == AF_INET6) {
		memcpy(&six, CMSG_DATA(header), sizeof(six));
		local->to.ip6.sin6_addr = six.ipi6_addr;
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

static void
apply_control(struct address *local, const struct peer *peer)
{
	(void)local;
	(void)peer;
}

#endif

void
peer_from(struct peer *peer, struct msghdr *message)
{
	memset(peer, 0, sizeof(*peer));
	address_received(&peer->address, message->msg_namelen);
	if (message->msg_namelen > 0)
		memcpy(&peer->address.to, message->msg_name, peer->address.len);
	keep_control(peer, message);
}

static bool
is_wildcard(const struct address *address)
{
	if (address_family(address) == AF_INET)
		return address->to.ip4.sin_addr.s_addr == htonl(INADDR_ANY);
	return address_family(address) == AF_INET6 &&
	       IN6_IS_ADDR_UNSPECIFIED(&address->to.ip6.sin6_addr);
}

/* The local address that the route to a peer prefers. Connecting UDP sends nothing. */
static void
ask_route(struct address *local, const struct address *peer)
{
	const int fd = descriptor_socket(address_family(peer), SOCK_DGRAM, 0);
	const uint16_t port = address_port(local);
	struct address found = {.len = sizeof(found.to)};
	const int on = 1;

	/* Without this, connecting to a broadcast address fails. */
	if (fd != -1 && address_family(peer) == AF_INET)
		(void)setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	if (fd != -1 && connect(fd, &peer->to.any, peer->len) == 0 &&
	    getsockname(fd, &found.to.any, &found.len) == 0) {
		*local = found;
		address_set_port(local, port);
	}
	(void)descriptor_close(fd);
}

void
peer_local(struct address *out, int fd, const struct peer *peer)
{
	*out = (struct address){.len = sizeof(out->to)};
	if (getsockname(fd, &out->to.any, &out->len) == -1)
		*out = (struct address){.len = sizeof(sa_family_t), .to.any.sa_family = AF_UNIX};
	if (is_wildcard(out))
		apply_control(out, peer);
	if (is_wildcard(out))
		ask_route(out, &peer->address);
}

bool
peer_equal(const struct peer *a, const struct peer *b)
{
	return address_equal(&a->address, &b->address) && a->control_len == b->control_len &&
	       memcmp(a->control, b->control, a->control_len) == 0;
}

void
peer_connect(int fd, const struct peer *peer)
{
	if (peer->control_len == 0 && address_named(&peer->address))
		(void)!connect(fd, &peer->address.to.any, peer->address.len);
}

ssize_t
peer_receive(int fd, int family, void *buf, size_t size, int flags, struct peer *peer)
{
	_Alignas(struct cmsghdr) unsigned char control[PEER_CONTROL];
	struct address from;
	struct iovec part = {.iov_base = buf, .iov_len = size};
	struct msghdr message = {
	    .msg_name = &from.to,
	    .msg_namelen = sizeof(from.to),
	    .msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = family == AF_UNIX ? NULL : control,
	    .msg_controllen = family == AF_UNIX ? 0 : sizeof(control),
	};
	const ssize_t n = recvmsg(fd, &message, flags);

	if (n != -1)
		peer_from(peer, &message);
	return n;
}

bool
peer_find(int fd, int family, struct peer *peer)
{
	char byte;

	return peer_receive(fd, family, &byte, sizeof(byte), MSG_PEEK, peer) != -1;
}
