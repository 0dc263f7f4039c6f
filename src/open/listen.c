#include "open/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "net/descriptor.h"
#include "net/socket.h"

/* How many connections may wait: those for whom nobody will come should not wait for long. */
#define BACKLOG_ONE 16
#define BACKLOG_MANY SOMAXCONN

#define REST CLOCK_S
#define MOMENT (10 * CLOCK_MS)
#define BURST_LONGEST 64
#define PICK_TRIES 64 /* for a port that is free in every family */

static bool
bind_ip(const struct listener *l, int fd, const struct address *address)
{
	const int on = 1;

	/* Of datagrams SO_REUSEADDR would let two listeners share a port unknowingly. */
	if (l->type == SOCK_STREAM &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1)
		return false;
	if (address_family(address) == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == -1)
		return false;
	if (l->type == SOCK_DGRAM && peer_prepare(fd, address_family(address), !l->many) == -1)
		return false;
	return bind(fd, &address->to.any, address->len) == 0;
}

/* Binds a socket to a path or a port, and lets it listen; tells where, with the port picked. */
static bool
bind_and_listen(struct listener *l, int fd, const struct address *address, struct error *err)
{
	const int usual = l->many ? BACKLOG_MANY : BACKLOG_ONE;
	const int backlog = l->settings->backlog > 0 ? (int)l->settings->backlog : usual;
	struct address *bound = &l->bound[l->count];
	char text[ADDRESS_TEXT];

	if (address_family(address) == AF_UNIX) {
		if (!local_bind(&l->name, fd, address, (int)l->settings->mode, "listen on", err))
			return false;
	} else if (!bind_ip(l, fd, address)) {
		return error_errno(err, FAULT_LOCAL, "listen on %s", address_text(text, address));
	}
	bound->len = sizeof(bound->to);
	if ((l->type == SOCK_DGRAM || listen(fd, backlog) == 0) &&
	    getsockname(fd, &bound->to.any, &bound->len) == 0)
		return true;
	return error_errno(err, FAULT_LOCAL, "listen on %s", address_text(text, address));
}

/* Adds a socket that listens on address. Leaves nothing behind when that fails. */
static bool
listen_on(struct listener *l, const struct address *address, struct error *err)
{
	const int fd = settings_socket(address_family(address), l->type, l->settings, NULL, err);
	char text[ADDRESS_TEXT];

	if (fd == -1 && err->fault == FAULT_NONE)
		return error_errno(err, FAULT_LOCAL, "listen on %s", address_text(text, address));
	if (fd == -1)
		return false;
	if (!bind_and_listen(l, fd, address, err)) {
		descriptor_close(fd);
		local_remove(&l->name);
		return false;
	}
	l->fds[l->count++] = fd;
	return true;
}

static bool
family_is_missing(int number)
{
	return number == EAFNOSUPPORT || number == EADDRNOTAVAIL || number == EPROTONOSUPPORT;
}

/* One try to listen on all addresses. *taken: the port picked for the first is not free in all. */
static bool
listen_on_all(struct listener *l, const struct addresses *addresses, bool *taken, struct error *err)
{
	*taken = false;
	for (size_t i = 0; i < addresses->count; i++) {
		struct address address = addresses->list[i];
		const bool picked = address_port(&address) == 0 && l->count > 0;

		if (picked)
			address_set_port(&address, address_port(&l->bound[0]));
		if (listen_on(l, &address, err) || family_is_missing(err->number))
			continue;
		*taken = picked && err->number == EADDRINUSE;
		listener_close(l);
		return false;
	}
	return l->count > 0;
}

bool
listener_open(struct listener *l, const struct addresses *addresses, int type, bool many,
    const struct settings *settings, struct error *err)
{
	bool taken = true;

	memset(l, 0, sizeof(*l));
	l->type = type;
	l->many = many;
	l->settings = settings;
	for (int i = 0; i < PICK_TRIES && taken; i++)
		if (listen_on_all(l, addresses, &taken, err))
			return true;
	return false;
}

/* Whether a socket that somebody else has bound can hear a group, if there is one. */
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

/* Makes the settings of a socket that somebody else has bound. */
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

/* One of those that somebody else has bound: its type, which is to be that of the others. */
static bool
inherit(struct listener *l, int fd, struct error *err)
{
	struct address *bound = &l->bound[l->count];
	struct kept *kept = &l->kept[l->kept_count];
	int type, listening = 0;
	socklen_t len = sizeof(type), listening_len = sizeof(listening);

	bound->len = sizeof(bound->to);
	kept->flags = fcntl(fd, F_GETFL);
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
		(void)peer_prepare(fd, address_family(bound), !l->many);
	kept->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (kept->fd == -1 || fcntl(fd, F_SETFL, kept->flags | O_NONBLOCK) == -1)
		return error_errno(err, FAULT_LOCAL, "--inherit: descriptor %d", fd);
	l->kept_count++;
	l->type = type;
	l->fds[l->count++] = fd;
	return true;
}

bool
listener_inherit(struct listener *l, int fd, int count, bool many, const struct settings *settings,
    struct error *err)
{
	memset(l, 0, sizeof(*l));
	l->many = many;
	l->settings = settings;
	for (int i = 0; i < count && i < ADDRESSES_MAX; i++)
		if (!inherit(l, fd + i, err)) {
			listener_close(l);
			return false;
		}
	return true;
}

static size_t
listener_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	struct listener *l = (struct listener *)task;

	if (l->rest_until > 0) {
		*deadline = l->rest_until;
		return 0;
	}
	for (size_t i = 0; i < l->count && i < room; i++)
		fds[i] = (struct pollfd){.fd = l->fds[i], .events = POLLIN};
	return l->count;
}

/*
 * Whether a failure of accept(2) or recvfrom(2) was that of one peer, which has gone with it. Linux
 * tells of a new connection's own network errors so. All others come again with the next call.
 */
static bool
is_peers(int number)
{
	switch (number) {
	case EINTR:
	case ECONNABORTED:
	case ECONNREFUSED:
	case ECONNRESET:
	case EHOSTDOWN:
	case EHOSTUNREACH:
	case EMSGSIZE:
	case ENETDOWN:
	case ENETUNREACH:
#ifdef ENONET
	case ENONET:
#endif
	case ENOPROTOOPT:
	case EPROTO:
	case ETIMEDOUT:
		return true;
	default:
		return false;
	}
}

bool
listener_is_lost(int number)
{
	return number == EBADF || number == EFAULT || number == EINVAL || number == ENOSYS ||
	       number == ENOTSOCK || number == EOPNOTSUPP;
}

/* Somebody has connected; -1 with errno if nobody has, or nobody can be accepted. */
static int
accept_one(struct listener *l, size_t i, struct peer *peer)
{
	const int spare = l->calls.spare(l->arg);
	int fd;

	if (spare < 0) {
		listener_rest(l);
		errno = EAGAIN;
		return -1;
	}
	peer->address.len = sizeof(peer->address.to);
	if (spare > 0 && !descriptor_spare(spare + 1))
		return -1;
	fd = descriptor_accept(l->fds[i], &peer->address.to.any, &peer->address.len);
	if (fd != -1)
		settings_accepted(fd, address_family(&l->bound[i]), l->type, l->settings);
	return fd;
}

/* Lets somebody in, or turns it away so that it does not take that for an empty answer. */
static void
welcome(struct listener *l, int fd, const struct peer *peer)
{
	if (l->calls.admit(l->arg, fd, peer))
		l->calls.arrived(l->arg, fd, peer);
	else
		(void)socket_abandon(fd);
}

/* The sender of a datagram: the socket is his from now on, or his datagram is thrown away. */
static void
welcome_sender(struct listener *l, size_t i, const struct peer *peer)
{
	const int fd = l->fds[i];
	char byte;

	if (!l->calls.admit(l->arg, -1, peer)) {
		(void)!recv(fd, &byte, sizeof(byte), 0);
	} else if (l->many) {
		l->calls.arrived(l->arg, fd, peer);
	} else {
		l->fds[i] = -1;
		/* What we inherited would stay connected for whoever has it after us. */
		if (l->kept_count == 0)
			peer_connect(fd, peer);
		l->calls.arrived(l->arg, fd, peer);
	}
}

static void
listener_failed(struct listener *l, size_t i)
{
	struct error error;
	char text[ADDRESS_TEXT];

	error_errno(&error, FAULT_LOCAL, "accept on %s", address_text(text, &l->bound[i]));
	l->rest_until = clock_after(clock_now(), REST);
	l->calls.failed(l->arg, &error);
}

/* Accepts one. False when there are no more, or none can be accepted now. */
static bool
listener_accept(struct listener *l, size_t i)
{
	struct peer peer = {0};
	int fd;

	if (l->type == SOCK_DGRAM && peer_find(l->fds[i], address_family(&l->bound[i]), &peer)) {
		welcome_sender(l, i, &peer);
		return true;
	}
	if (l->type != SOCK_DGRAM && (fd = accept_one(l, i, &peer)) != -1) {
		welcome(l, fd, &peer);
		return true;
	}
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return false;
	if (is_peers(errno))
		return true;
	listener_failed(l, i);
	return false;
}

static void
listener_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct listener *l = (struct listener *)task;

	const bool again = l->burst > 0 && l->turn + 1 >= l->loop->turns;

	/* As long as turn after turn somebody comes, there may be many. */
	if (!again && l->rest_until == 0)
		l->trouble = 0;
	l->burst = !again ? 1 : l->burst < BURST_LONGEST ? 2 * l->burst : l->burst;
	l->turn = l->loop->turns;
	l->rest_until = 0;
	/* Whoever is told may close the listener. */
	for (size_t i = 0; i < count; i++)
		for (int n = 0; fds[i].revents != 0 && n < l->burst && l->loop != NULL; n++)
			if (!listener_accept(l, i))
				break;
}

bool
listener_start(struct listener *l, struct loop *loop, const struct listener_calls *calls, void *arg,
    struct error *err)
{
	l->task = (struct task){.want = listener_want, .serve = listener_serve};
	l->loop = loop;
	l->calls = *calls;
	l->arg = arg;
	return loop_add(loop, &l->task, err);
}

void
listener_rest(struct listener *l)
{
	l->rest_until = clock_after(clock_now(), MOMENT);
	loop_changed(&l->task);
}

void
listener_wake(struct listener *l)
{
	/* Whether anybody waits will be seen. */
	if (l->rest_until == 0 || l->loop == NULL)
		return;
	l->rest_until = 0;
	l->turn = l->loop->turns;
	loop_changed(&l->task);
}

void
listener_pause(struct listener *l)
{
	if (l->loop != NULL)
		loop_remove(l->loop, &l->task);
	l->loop = NULL;
}

void
listener_stop(struct listener *l)
{
	listener_pause(l);
	for (size_t i = 0; i < l->count; i++) {
		l->fds[i] = descriptor_close(l->fds[i]);
	}
	l->count = 0;
}

void
listener_close(struct listener *l)
{
	listener_stop(l);
	for (; l->kept_count > 0; l->kept_count--) {
		const struct kept *kept = &l->kept[l->kept_count - 1];

		(void)fcntl(kept->fd, F_SETFL, kept->flags);
		(void)descriptor_close(kept->fd);
	}
	local_remove(&l->name);
}
