#include "open/attempt.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "net/descriptor.h"
#include "net/multicast.h"
#include "net/socket.h"

void
attempt_fail(struct attempt *a, int failure)
{
	a->fd = descriptor_close(a->fd);
	a->failure = failure;
	a->took = clock_now() - a->began_at;
	a->state = ATTEMPT_FAILED;
}

/* Whether the socket is connected to itself. If so, closing it will leave no TIME_WAIT. */
static bool
is_self(int fd)
{
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};
	struct address here = {.len = sizeof(here.to)}, there = {.len = sizeof(there.to)};

	if (getsockname(fd, &here.to.any, &here.len) == -1 ||
	    getpeername(fd, &there.to.any, &there.len) == -1 || address_family(&here) == AF_UNIX ||
	    !address_equal(&here, &there))
		return false;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	return true;
}

static void
attempt_win(struct attempt *a)
{
	if (is_self(a->fd)) {
		attempt_fail(a, ECONNREFUSED);
		return;
	}
	a->took = clock_now() - a->began_at;
	a->state = ATTEMPT_WON;
}

void
attempt_connect(struct attempt *a)
{
	int result;

	do {
		result = connect(a->fd, &a->to->to.any, a->to->len);
	} while (result == -1 && errno == EINTR);
	if (result == 0 || errno == EISCONN)
		attempt_win(a);
	else if (errno == EINPROGRESS || errno == EALREADY)
		a->state = ATTEMPT_PENDING;
	else if (errno == EAGAIN && address_family(a->to) == AF_UNIX)
		a->state = ATTEMPT_RETRY;
	else
		attempt_fail(a, errno);
}

const struct address *
attempt_source(const struct attempt_params *params, const struct address *to)
{
	for (size_t i = 0; i < params->from_count; i++)
		if (address_family(&params->from[i]) == address_family(to))
			return &params->from[i];
	return NULL;
}

bool
attempt_is_unconnected(const struct attempt_params *params, const struct address *to)
{
	return params->unconnected && params->type == SOCK_DGRAM && address_family(to) != AF_UNIX &&
	       (params->settings->broadcast || multicast_is(to));
}

/* Binds an attempt's socket to the source address, if there is one. False with err. */
static bool
attempt_bind(struct attempt *a, const struct attempt_params *params, struct error *err)
{
	const struct address *from = attempt_source(params, a->to);
	const int on = 1;
	char text[ADDRESS_TEXT];

	if (from == NULL)
		return true;
	if (address_family(from) == AF_UNIX)
		return local_bind(params->name, a->fd, from, -1, "bind to", err);
	/* Lets a port be reused that an earlier connection was made from. */
	if ((params->type == SOCK_STREAM || params->concurrent) && address_port(from) != 0)
		setsockopt(a->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* Otherwise the port would be taken for an attempt at an IPv4 address, too. */
	if (address_family(from) == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(&a->to->to.ip6.sin6_addr))
		setsockopt(a->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(a->fd, &from->to.any, from->len) == 0)
		return true;
	return error_errno(err, FAULT_LOCAL, "bind to %s",
	    address_port(from) == 0 ? address_host(text, from) : address_text(text, from));
}

bool
attempt_start(struct attempt *a, const struct address *to, const struct attempt_params *params,
    struct error *err)
{
	char text[ADDRESS_TEXT];

	*a = (struct attempt){.to = to, .params = params, .began_at = clock_now()};
	err->fault = FAULT_NONE;
	if (event_wanted(params->observer, EVENT_FOR_PROGRAMS))
		event_tell(params->observer, (struct event){.kind = EVENT_CONNECTING,
						 .name = address_text(text, to),
						 .address = to,
						 .level = EVENT_FOR_PROGRAMS});
	a->fd = settings_socket(address_family(to), params->type, params->settings, to, err);
	if (a->fd == -1) {
		attempt_fail(a, errno);
		return err->fault == FAULT_NONE;
	}
	if (!attempt_bind(a, params, err)) {
		attempt_fail(a, err->number);
		return false;
	}
	if (attempt_is_unconnected(params, to))
		a->state = ATTEMPT_WON;
	else
		attempt_connect(a);
	return true;
}

/*
 * A peer may connect, send data and reset before this runs. Reading SO_ERROR would report that as a
 * failure to connect, and clear it. MSG_PEEK detects the connection and leaves data and error in
 * place.
 */
void
attempt_check(struct attempt *a, short revents)
{
	struct address peer;
	socklen_t len = sizeof(peer.to);
	char byte;
	bool connected = recv(a->fd, &byte, 1, MSG_PEEK) >= 0;
	int failure = connected ? 0 : errno;

	if (failure == ENOTCONN)
		failure = socket_error(a->fd);
	if (failure == EAGAIN || failure == EWOULDBLOCK || failure == EINTR)
		failure = 0;
	if (failure != 0)
		attempt_fail(a, failure);
	else if (connected || getpeername(a->fd, &peer.to.any, &len) == 0)
		attempt_win(a);
	else if (revents & (POLLERR | POLLHUP))
		attempt_fail(a, errno);
}
