#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>

#include "open/listen.h"

/* listener_inherit: a listener made of sockets that the parent has bound (--inherit). */

/* Whether an inherited socket can receive the datagrams of a multicast group, if there is one. */
static bool
hears_group(int fd, const struct address *bound, const struct group *group)
{
	int only = 1;
	socklen_t len = sizeof(only);

	if (group->text == NULL || address_family(&group->address) == address_family(bound))
		return true;
	return address_family(bound) == AF_INET6 &&
	       IN6_IS_ADDR_UNSPECIFIED(&bound->to.ip6.sin6_addr) &&
	       getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &len) == 0 && only == 0;
}

/* Applies the settings to an inherited socket. */
static bool
set_inherited(
    const struct listener *l, int fd, int type, const struct address *bound, struct error *err)
{
	const struct group *group = &l->settings->multicast;

	if (!hears_group(fd, bound, group))
		return error_set(err, FAULT_LOCAL,
		    "--multicast %s: descriptor %d is a socket of another family", group->text, fd);
	return settings_inherited(fd, address_family(bound), type, l->settings, err);
}

/* Adds one inherited socket, which must be of the same type as the others. */
static bool
inherit_socket(struct listener *l, int fd, struct error *err)
{
	struct address *bound = &l->bound[l->count];
	struct saved *saved = &l->saved[l->saved_count];
	int type, listening = 0;
	socklen_t len = sizeof(type), listening_len = sizeof(listening);

	bound->len = sizeof(bound->to);
	saved->flags = fcntl(fd, F_GETFL);
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == -1 ||
	    getsockname(fd, &bound->to.any, &bound->len) == -1 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		return error_errno(err, FAULT_LOCAL, "--inherit: descriptor %d", fd);
	if (type != SOCK_DGRAM &&
	    (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &listening_len) == -1 ||
		listening == 0))
		return error_set(err, FAULT_LOCAL, "--inherit: descriptor %d does not listen", fd);
	if (l->count > 0 && type != l->type)
		return error_set(err, FAULT_LOCAL, "--inherit: sockets of several types");
	if (!set_inherited(l, fd, type, bound, err))
		return false;
	if (type == SOCK_DGRAM && address_family(bound) != AF_UNIX)
		(void)peer_prepare(fd, address_family(bound), !l->keep_listening);
	saved->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (saved->fd == -1 || fcntl(fd, F_SETFL, saved->flags | O_NONBLOCK) == -1)
		return error_errno(err, FAULT_LOCAL, "--inherit: descriptor %d", fd);
	l->saved_count++;
	l->type = type;
	l->fds[l->count++] = fd;
	return true;
}

bool
listener_inherit(struct listener *l, int fd, int count, bool keep_listening,
    const struct settings *settings, struct error *err)
{
	memset(l, 0, sizeof(*l));
	l->keep_listening = keep_listening;
	l->settings = settings;
	for (int i = 0; i < count && i < ADDRESSES_MAX; i++)
		if (!inherit_socket(l, fd + i, err)) {
			listener_close(l);
			return false;
		}
	return true;
}
