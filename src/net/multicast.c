#include "net/multicast.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* Parses "GROUP" or "GROUP%INTERFACE". False; *interface is set if that is what is wrong. */
static bool
parse(struct group *group, const char *text, const char **interface)
{
	const size_t len = strcspn(text, "%");
	char number[64];

	*interface = NULL;
	if (len >= sizeof(number))
		return false;
	memcpy(number, text, len);
	number[len] = '\0';
	if (inet_pton(AF_INET, number, &group->address.to.ip4.sin_addr) == 1)
		group->address.to.any.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, number, &group->address.to.ip6.sin6_addr) == 1)
		group->address.to.any.sa_family = AF_INET6;
	else
		return false;
	if (text[len] == '\0')
		return true;
	*interface = text + len + 1;
	group->interface = if_nametoindex(*interface);
	return group->interface != 0;
}

bool
multicast_is(const struct address *address)
{
	if (address_family(address) == AF_INET6)
		return IN6_IS_ADDR_MULTICAST(&address->to.ip6.sin6_addr);
	return address_family(address) == AF_INET &&
	       IN_MULTICAST(ntohl(address->to.ip4.sin_addr.s_addr));
}

bool
group_parse(struct group *group, struct error *err)
{
	const char *interface;
	const bool parsed = parse(group, group->text, &interface);

	if (parsed && multicast_is(&group->address))
		return true;
	if (!parsed && interface != NULL)
		return error_set(err, FAULT_LOCAL, "--multicast %s: no such interface: %s",
		    group->text, interface);
	return error_set(err, FAULT_LOCAL,
	    "--multicast %s: expected a group's address in 224.0.0.0/4 or ff00::/8, with an "
	    "optional %%INTERFACE",
	    group->text);
}

static bool
set_group_option(int fd, int level, int name, const void *value, size_t len)
{
	return setsockopt(fd, level, name, value, (socklen_t)len) == 0;
}

/* An inherited socket may have joined already. */
static bool
join(int fd, int level, int name, const void *request, size_t len)
{
	return set_group_option(fd, level, name, request, len) || errno == EADDRINUSE;
}

static bool
join4(int fd, const struct group *group)
{
	const struct ip_mreqn request = {
	    .imr_multiaddr = group->address.to.ip4.sin_addr,
	    .imr_ifindex = (int)group->interface,
	};
#ifdef IP_MULTICAST_ALL
	const int off = 0;

	if (!set_group_option(fd, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof(off)))
		return false;
#endif
	return join(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request)) &&
	       (group->interface == 0 ||
		   set_group_option(fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof(request)));
}

static bool
join6(int fd, const struct group *group)
{
	const struct ipv6_mreq request = {
	    .ipv6mr_multiaddr = group->address.to.ip6.sin6_addr,
	    .ipv6mr_interface = group->interface,
	};
	const int interface = (int)group->interface;
#ifdef IPV6_MULTICAST_ALL
	const int off = 0;

	if (!set_group_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, &off, sizeof(off)))
		return false;
#endif
	return join(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &request, sizeof(request)) &&
	       (interface == 0 || set_group_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &interface,
				      sizeof(interface)));
}

bool
group_join(int fd, const struct group *group, struct error *err)
{
	if (address_family(&group->address) == AF_INET6 ? join6(fd, group) : join4(fd, group))
		return true;
	return error_errno(err, FAULT_LOCAL, "--multicast %s", group->text);
}
