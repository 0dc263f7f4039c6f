#include "net/listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "net/descriptor.h"

#define BACKLOG 16
#define PICK_TRIES 64 /* for a port that is free in every family */

static bool
bind_ip(int fd, const struct address *address, int type)
{
	const int on = 1;

	/* Of datagrams SO_REUSEADDR would let two listeners share a port unknowingly. */
	if (type == SOCK_STREAM && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1)
		return false;
	if (address_family(address) == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == -1)
		return false;
	if (type == SOCK_DGRAM && peer_prepare(fd, address_family(address)) == -1)
		return false;
	return bind(fd, &address->to.any, address->len) == 0;
}

/* Binds a socket to a path or a port, and lets it listen; tells where, with the port picked. */
static bool
bind_and_listen(struct listener *l, int fd, const struct address *address, struct error *err)
{
	const int backlog = l->settings->backlog > 0 ? (int)l->settings->backlog : BACKLOG;
	struct address *bound = &l->bound[l->count];
	char text[ADDRESS_TEXT];

	if (address_family(address) == AF_UNIX) {
		if (!local_bind(&l->name, fd, address, (int)l->settings->mode, "listen on", err))
			return false;
	} else if (!bind_ip(fd, address, l->type)) {
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
listener_open(struct listener *l, const struct addresses *addresses, int type,
    const struct settings *settings, struct error *err)
{
	bool taken = true;

	memset(l, 0, sizeof(*l));
	l->type = type;
	l->settings = settings;
	for (int i = 0; i < PICK_TRIES && taken; i++)
		if (listen_on_all(l, addresses, &taken, err))
			return true;
	return false;
}

static size_t
listener_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct listener *l = (const struct listener *)task;

	(void)deadline;
	for (size_t i = 0; i < l->count && i < room; i++)
		fds[i] = (struct pollfd){.fd = l->fds[i], .events = POLLIN};
	return l->count;
}

/* Errors of accept(2) and recvfrom(2) that speak of one peer, or of nothing, not of the listener.
 */
static bool
passes(int number)
{
	switch (number) {
	case EBADF:
	case EINVAL:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOTSOCK:
	case EOPNOTSUPP:
		return false;
	default:
		return true;
	}
}

static void
listener_accept(struct listener *l, size_t i)
{
	struct peer peer = {.address.len = sizeof(peer.address.to)};
	struct error error;
	char text[ADDRESS_TEXT];
	int fd = -1;

	if (l->type == SOCK_DGRAM) {
		if (peer_find(l->fds[i], &peer)) {
			fd = l->fds[i];
			l->fds[i] = -1;
		}
	} else {
		fd = descriptor_accept(l->fds[i], &peer.address.to.any, &peer.address.len);
		if (fd != -1)
			settings_accepted(fd, address_family(&l->bound[i]), l->type, l->settings);
	}
	if (fd != -1) {
		l->arrived(l->arg, fd, &peer);
	} else if (!passes(errno)) {
		error_errno(&error, FAULT_LOCAL, "accept on %s", address_text(text, &l->bound[i]));
		l->failed(l->arg, &error);
	}
}

static void
listener_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct listener *l = (struct listener *)task;

	for (size_t i = 0; i < count; i++)
		if (fds[i].revents != 0) {
			/* One at a time: whoever is told may close the listener. */
			listener_accept(l, i);
			return;
		}
}

bool
listener_start(struct listener *l, struct loop *loop,
    void (*arrived)(void *arg, int fd, const struct peer *),
    void (*failed)(void *arg, const struct error *), void *arg, struct error *err)
{
	l->task = (struct task){.want = listener_want, .serve = listener_serve};
	l->loop = loop;
	l->arrived = arrived;
	l->failed = failed;
	l->arg = arg;
	return loop_add(loop, &l->task, err);
}

void
listener_stop(struct listener *l)
{
	if (l->loop != NULL)
		loop_remove(l->loop, &l->task);
	for (size_t i = 0; i < l->count; i++)
		l->fds[i] = descriptor_close(l->fds[i]);
	l->count = 0;
	l->loop = NULL;
}

void
listener_close(struct listener *l)
{
	listener_stop(l);
	local_remove(&l->name);
}
