#include "net/datagram.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "net/descriptor.h"
#include "net/socket.h"

/* What is left of 65535 for the user by the headers of UDP and IPv4; IPv6 doesn't count its own. */
#define UDP4_MAX (65535 - 20 - 8)
#define UDP6_MAX (65535 - 8)

/*
 * Another program may raise its send buffer above ours. Nothing of a buffer of this size is in
 * memory before it is used, and the kernel allows no longer message.
 */
#define LOCAL_RECEIVE_MAX ((size_t)4 << 20)

/* What Linux keeps for itself of the send buffer of a unix socket (net/unix/af_unix.c). */
#define LOCAL_OVERHEAD 32

bool
message_was_end(int fd, bool silent)
{
	int queued = 0;

	return silent && (ioctl(fd, FIONREAD, &queued) == -1 || queued == 0);
}

/* Whether a read of no bytes from a seqpacket socket was its end. */
static bool
ended(const struct datagram *d, const struct msghdr *message)
{
	if (d->credentials)
		return message->msg_controllen == 0;
	return message_was_end(d->fd, d->end.silent || d->error != 0);
}

/*
 * The kernel tells of a refusal before it hands out what is queued. It is kept for after that,
 * since what the peer has sent counts; in is -1 then, which is always ready to be read.
 */
static ssize_t
receive(struct datagram *d, struct msghdr *message)
{
	ssize_t n = recvmsg(d->fd, message, 0);

	if (n == -1 && d->error == 0 && io_failure() == IO_FAILED) {
		d->error = errno;
		d->end.in = -1;
		n = recvmsg(d->fd, message, 0);
	}
	if (n == -1 && d->error != 0)
		errno = d->error;
	return n;
}

static enum io
datagram_read(struct end *end, void *buf, size_t size, size_t *got)
{
	struct datagram *d = (struct datagram *)end;
	struct address from = {0};
	char control[256];
	struct iovec part = {.iov_base = buf, .iov_len = size};
	struct msghdr message = {
	    .msg_name = d->selective ? &from.to : NULL,
	    .msg_namelen = d->selective ? sizeof(from.to) : 0,
	    .msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = d->credentials ? control : NULL,
	    .msg_controllen = d->credentials ? sizeof(control) : 0,
	};
	const ssize_t n = receive(d, &message);

	if (n == -1)
		return io_failure();
	address_received(&from, message.msg_namelen);
	if (d->selective && !address_equal(&from, &d->peer.address))
		return IO_AGAIN;
	if (message.msg_flags & MSG_TRUNC) {
		errno = EMSGSIZE;
		return IO_FAILED;
	}
	if (n == 0 && d->sequenced && ended(d, &message)) {
		errno = d->error;
		return d->error != 0 ? IO_FAILED : IO_END;
	}
	*got = (size_t)n;
	return IO_DONE;
}

static enum io
datagram_write(struct end *end, const void *buf, size_t len, size_t *put)
{
	struct datagram *d = (struct datagram *)end;
	struct iovec part = {.iov_base = (void *)(uintptr_t)buf, .iov_len = len};
	const bool connected = d->peer.control_len == 0;
	const struct msghdr message = {
	    .msg_name = connected ? NULL : &d->peer.address.to,
	    .msg_namelen = connected ? 0 : d->peer.address.len,
	    .msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = connected ? NULL : d->peer.control,
	    .msg_controllen = d->peer.control_len,
	};
	const ssize_t n = sendmsg(d->fd, &message, MSG_NOSIGNAL);

	if (n == -1)
		return io_failure();
	if ((size_t)n != len) {
		errno = EMSGSIZE;
		return IO_FAILED;
	}
	*put = len;
	return IO_DONE;
}

static enum io
datagram_finish(struct end *end)
{
	const struct datagram *d = (const struct datagram *)end;

	return d->sequenced ? socket_finish(d->fd) : IO_DONE;
}

static bool
datagram_failed(struct end *end)
{
	const struct datagram *d = (const struct datagram *)end;

	errno = d->error != 0 ? d->error : socket_error(d->fd);
	return errno != 0;
}

/* A refusal that is known already is told now; datagrams are not acknowledged. */
static enum io
datagram_settle(struct end *end, size_t *left)
{
	*left = 0;
	return datagram_failed(end) ? IO_FAILED : IO_DONE;
}

static void
datagram_probe(struct end *end)
{
	(void)end;
}

static bool
datagram_low_water(struct end *end, size_t bytes)
{
	(void)end;
	(void)bytes;
	return false;
}

static void
datagram_close(struct end *end, bool abandon)
{
	struct datagram *d = (struct datagram *)end;

	(void)abandon;
	d->fd = end->in = end->out = descriptor_close(d->fd);
}

static const struct end_ops datagram_ops = {
    .read = datagram_read,
    .write = datagram_write,
    .finish = datagram_finish,
    .settle = datagram_settle,
    .failed = datagram_failed,
    .probe = datagram_probe,
    .low_water = datagram_low_water,
    .close = datagram_close,
};

/* The longest message that can be sent: the protocol's limit, or the send buffer of unix sockets.
 */
static size_t
longest(int fd, int family)
{
	int buffer = 0;
	socklen_t len = sizeof(buffer);

	if (family == AF_INET)
		return UDP4_MAX;
	if (family == AF_INET6)
		return UDP6_MAX;
	if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, &len) == -1 || buffer <= LOCAL_OVERHEAD)
		return 0;
	return (size_t)buffer - LOCAL_OVERHEAD;
}

static void
open_messages(struct datagram *out, int fd, int family, const char *name)
{
	*out = (struct datagram){
	    .end = {.ops = &datagram_ops,
		.in = fd,
		.out = fd,
		.messages_in = true,
		.messages_out = true,
		.eager = true,
		.send_max = longest(fd, family),
		.receive_max = family == AF_UNIX ? LOCAL_RECEIVE_MAX : UDP6_MAX,
		.fault = FAULT_PEER,
		.in_name = name,
		.out_name = name},
	    .fd = fd,
	};
}

void
datagram_open(
    struct datagram *out, int fd, bool selective, const struct peer *peer, const char *name)
{
	open_messages(out, fd, address_family(&peer->address), name);
	out->selective = selective;
	out->peer = *peer;
}

void
seqpacket_open(struct datagram *out, int fd, const char *name)
{
	open_messages(out, fd, AF_UNIX, name);
	out->sequenced = true;
	out->end.ordered = true;
#if defined(SO_PASSCRED) && !defined(PORTABLE)
	const int on = 1;

	out->credentials = setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0;
#endif
}
