#include "net/trouble.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/errqueue.h>
#endif

#include "base/clock.h"
#include "net/descriptor.h"
#include "net/loop.h"

/* How much is kept to be sent again: enough for any single message. */
#define RESEND_MAX ((size_t)128 << 10)

bool
trouble_is_local(const struct datagram *d)
{
	return d->sequenced || address_family(&d->peer.address) == AF_UNIX;
}

bool
trouble_may_pass(const struct datagram *d, int number)
{
	if (trouble_is_local(d))
		return false;
	switch (number) {
	case EACCES:
	case EHOSTDOWN:
	case EHOSTUNREACH:
	case EMSGSIZE:
	case ENETDOWN:
	case ENETUNREACH:
	case EOPNOTSUPP:
	case EPROTO:
#ifdef ENONET
	case ENONET:
#endif
		return true;
	default:
		return false;
	}
}

/* Empties the error queue, or poll(2) would report POLLERR again. Whether it held a refusal. */
static bool
queue_has_refusal(int fd)
{
	bool refused = false;
#if defined(MSG_ERRQUEUE) && !defined(PORTABLE)
	_Alignas(struct cmsghdr) char control[PEER_CONTROL];
	struct sock_extended_err error;
	struct msghdr message;

	for (;;) {
		message =
		    (struct msghdr){.msg_control = control, .msg_controllen = sizeof(control)};
		if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) == -1)
			break;
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL;
		     c = CMSG_NXTHDR(&message, c)) {
			if (c->cmsg_type != IP_RECVERR && c->cmsg_type != IPV6_RECVERR)
				continue;
			memcpy(&error, CMSG_DATA(c), sizeof(error));
			refused = refused || error.ee_errno == ECONNREFUSED;
		}
	}
#else
	(void)fd;
#endif
	return refused;
}

static void
report_trouble(struct datagram *d, int number)
{
	const int64_t now = clock_now();

	if (d->observer == NULL || (number == d->reported && now < d->reported_at + CLOCK_S))
		return;
	d->reported_at = now;
	d->reported = number;
	event_tell(d->observer,
	    (struct event){.kind = EVENT_TROUBLE, .name = d->end.out_name, .number = number});
}

void
trouble_forget(struct datagram *d)
{
	free(d->resend.data);
	d->resend.data = NULL;
	d->next = NULL;
}

void
trouble_keep(struct datagram *d, const struct iovec *message)
{
	const size_t len = message->iov_len;

	if (d->next == NULL)
		return;
	if (d->resend.data == NULL)
		d->resend.data = malloc(RESEND_MAX);
	if (d->resend.data == NULL || d->resend.len + sizeof(len) + len > RESEND_MAX) {
		trouble_forget(d);
		return;
	}
	memcpy(d->resend.data + d->resend.len, &len, sizeof(len));
	memcpy(d->resend.data + d->resend.len + sizeof(len), message->iov_base, len);
	d->resend.len += sizeof(len) + len;
}

/* Sends the messages again, to another address. Like any datagram, one may get lost. */
static void
resend_all(const struct datagram *d)
{
	size_t at = 0, len;

	while (at < d->resend.len) {
		memcpy(&len, d->resend.data + at, sizeof(len));
		at += sizeof(len);
		(void)!send(d->fd, d->resend.data + at, len, MSG_NOSIGNAL);
		at += len;
	}
}

/* If the error is a refusal, connects the socket to the peer's next address. Sets errno to it. */
static bool
try_next_address(struct datagram *d, int number)
{
	int fd = -1;

	if (number == ECONNREFUSED && d->next != NULL) {
		fd = d->next(d->next_arg);
		if (fd == -1)
			d->next = NULL;
	}
	errno = number;
	if (fd == -1)
		return false;
	(void)dup2(fd, d->fd);
	(void)descriptor_close(fd);
	d->peer.address.len = sizeof(d->peer.address.to);
	(void)getpeername(d->fd, &d->peer.address.to.any, &d->peer.address.len);
	if (d->end.user != NULL)
		loop_fds_reused(d->end.user);
	resend_all(d);
	return true;
}

bool
trouble_goes_on(struct datagram *d, int number)
{
	if (trouble_may_pass(d, number)) {
		if (queue_has_refusal(d->fd))
			return try_next_address(d, ECONNREFUSED);
		report_trouble(d, number);
		errno = number;
		return true;
	}
	return try_next_address(d, number);
}
