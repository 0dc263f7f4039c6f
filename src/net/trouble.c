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

/*
 * Troubles. Only what the peer itself refuses ends a conversation over UDP. That a network or host
 * cannot be reached, or that a packet was too long for a link, ICMP tells of what was sent before:
 * it may pass, and the next message is cut to what the link takes.
 */

/* How much is kept of what was said before anything was heard: any one message. */
#define SAID_MAX ((size_t)128 << 10)

bool
trouble_is_local(const struct datagram *d)
{
	return d->sequenced || address_family(&d->peer.address) == AF_UNIX;
}

/* What the network says of a message that was sent, and not the peer. */
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

/* Empties the error queue, which would have poll(2) call for ever. Whether it told of a refusal. */
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
note_trouble(struct datagram *d, int number)
{
	const int64_t now = clock_now();

	if (d->observer == NULL || (number == d->told && now < d->told_at + CLOCK_S))
		return;
	d->told_at = now;
	d->told = number;
	event_tell(d->observer,
	    (struct event){.kind = EVENT_TROUBLE, .name = d->end.out_name, .number = number});
}

/* Nothing that was said will be needed again. */
void
trouble_forget(struct datagram *d)
{
	free(d->said.data);
	d->said.data = NULL;
	d->next = NULL;
}

/* Keeps a message that was sent for the peer's next address, if it has one. */
void
trouble_keep(struct datagram *d, const struct iovec *message)
{
	const size_t len = message->iov_len;

	if (d->next == NULL)
		return;
	if (d->said.data == NULL)
		d->said.data = malloc(SAID_MAX);
	if (d->said.data == NULL || d->said.len + sizeof(len) + len > SAID_MAX) {
		trouble_forget(d);
		return;
	}
	memcpy(d->said.data + d->said.len, &len, sizeof(len));
	memcpy(d->said.data + d->said.len + sizeof(len), message->iov_base, len);
	d->said.len += sizeof(len) + len;
}

/* Says again what was said at another address. What does not go out is lost there, as it may be. */
static void
say_again(const struct datagram *d)
{
	size_t at = 0, len;

	while (at < d->said.len) {
		memcpy(&len, d->said.data + at, sizeof(len));
		at += sizeof(len);
		(void)!send(d->fd, d->said.data + at, len, MSG_NOSIGNAL);
		at += len;
	}
}

/* Whether a peer that refused is tried at its next address. Keeps errno. */
static bool
moves_on(struct datagram *d, int number)
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
	if (d->end.user != NULL)
		loop_renewed(d->end.user);
	say_again(d);
	return true;
}

/* Whether a conversation goes on after an error of its socket. Keeps errno. */
bool
trouble_goes_on(struct datagram *d, int number)
{
	if (trouble_may_pass(d, number)) {
		if (queue_has_refusal(d->fd))
			return moves_on(d, ECONNREFUSED);
		note_trouble(d, number);
		errno = number;
		return true;
	}
	return moves_on(d, number);
}
