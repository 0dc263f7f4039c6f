#include "open/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>

#include "base/clock.h"
#include "net/descriptor.h"
#include "net/socket.h"

/* The backlog. A listener for one connection keeps it short: the others will never be accepted. */
#define BACKLOG_ONE 16
#define BACKLOG_MANY SOMAXCONN

#define REST CLOCK_S
#define MOMENT (10 * CLOCK_MS)
#define BURST_LONGEST 64
#define PICK_TRIES 64 /* to pick a port that is free in every family */

static bool
bind_ip(const struct listener *l, int fd, const struct address *address)
{
	const int on = 1;

	/* With datagrams, SO_REUSEADDR would let two listeners share a port without noticing. */
	if (l->type == SOCK_STREAM &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1)
		return false;
	if (address_family(address) == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == -1)
		return false;
	if (l->type == SOCK_DGRAM &&
	    peer_prepare(fd, address_family(address), !l->keep_listening) == -1)
		return false;
	return bind(fd, &address->to.any, address->len) == 0;
}

/* Binds a socket and listens. Notes the address, with the port that was picked. */
static bool
bind_and_listen(struct listener *l, int fd, const struct address *address, struct error *err)
{
	const int usual = l->keep_listening ? BACKLOG_MANY : BACKLOG_ONE;
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

/* Adds a socket that listens on address; cleans up on failure. */
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

/* One try to listen on all addresses. *taken: the port picked is in use in another family. */
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
listener_open(struct listener *l, const struct addresses *addresses, int type, bool keep_listening,
    const struct settings *settings, struct error *err)
{
	bool taken = true;

	memset(l, 0, sizeof(*l));
	l->type = type;
	l->keep_listening = keep_listening;
	l->settings = settings;
	for (int i = 0; i < PICK_TRIES && taken; i++)
		if (listen_on_all(l, addresses, &taken, err))
			return true;
	return false;
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
 * Whether a failure of accept(2) or recvfrom(2) concerns only one peer, so that the next call may
 * succeed. Linux reports network errors of a new connection this way. All other errors would be
 * returned again by the next call.
 */
static bool
is_of_one_peer(int number)
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

/* Accepts a connection. -1 with errno if there is none, or none can be accepted now. */
static int
accept_one(struct listener *l, size_t i, struct peer *peer)
{
	const int needed = l->calls.descriptors(l->arg);
	int fd;

	if (needed < 0) {
		listener_rest(l);
		errno = EAGAIN;
		return -1;
	}
	peer->address.len = sizeof(peer->address.to);
	if (needed > 0 && !descriptor_spare(needed + 1))
		return -1;
	fd = descriptor_accept(l->fds[i], &peer->address.to.any, &peer->address.len);
	if (fd != -1)
		settings_accepted(fd, address_family(&l->bound[i]), l->type, l->settings);
	return fd;
}

/* Passes a connection on, or rejects it with a reset, which is not mistaken for an empty answer. */
static void
listener_admit(struct listener *l, int fd, const struct peer *peer)
{
	if (l->calls.admit(l->arg, fd, peer))
		l->calls.arrived(l->arg, fd, peer);
	else
		(void)socket_abandon(fd);
}

/* Passes on the socket of a datagram, or drops the datagram if its sender is not admitted. */
static void
listener_admit_sender(struct listener *l, size_t i, const struct peer *peer)
{
	const int fd = l->fds[i];
	char byte;

	if (!l->calls.admit(l->arg, -1, peer)) {
		(void)!recv(fd, &byte, sizeof(byte), 0);
	} else if (l->keep_listening) {
		l->calls.arrived(l->arg, fd, peer);
	} else {
		l->fds[i] = -1;
		/* An inherited socket would stay connected for the process that uses it next. */
		if (l->saved_count == 0)
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

/* Accepts one peer. False if there are no more, or none can be accepted now. */
static bool
listener_accept(struct listener *l, size_t i)
{
	struct peer peer = {0};
	int fd;

	if (l->type == SOCK_DGRAM && peer_find(l->fds[i], address_family(&l->bound[i]), &peer)) {
		listener_admit_sender(l, i, &peer);
		return true;
	}
	if (l->type != SOCK_DGRAM && (fd = accept_one(l, i, &peer)) != -1) {
		listener_admit(l, fd, &peer);
		return true;
	}
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return false;
	if (is_of_one_peer(errno))
		return true;
	listener_failed(l, i);
	return false;
}

static void
listener_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct listener *l = (struct listener *)task;
	const bool again = l->burst > 0 && l->turn + 1 >= l->loop->turns;

	/* Peers that arrive in successive turns may be a rush: accept more in each turn. */
	if (!again && l->rest_until == 0)
		l->reported_errno = 0;
	l->burst = !again ? 1 : l->burst < BURST_LONGEST ? 2 * l->burst : l->burst;
	l->turn = l->loop->turns;
	l->rest_until = 0;
	/* A callback may stop the listener: loop is NULL then. */
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
	/* The next turn will show whether peers wait. */
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
	for (size_t i = 0; i < l->count; i++)
		l->fds[i] = descriptor_close(l->fds[i]);
	l->count = 0;
}

void
listener_close(struct listener *l)
{
	listener_stop(l);
	for (; l->saved_count > 0; l->saved_count--) {
		const struct saved *saved = &l->saved[l->saved_count - 1];

		(void)fcntl(saved->fd, F_SETFL, saved->flags);
		(void)descriptor_close(saved->fd);
	}
	local_remove(&l->name);
}
