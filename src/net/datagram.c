#include "net/datagram.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#ifdef __linux__
#include <linux/sock_diag.h>
#endif

#include "base/clock.h"
#include "net/descriptor.h"
#include "net/mmsg.h"
#include "net/socket.h"
#include "net/trouble.h"

/* 65535 bytes without the headers of UDP and IPv4. IPv6 does not count its own header. */
#define UDP4_MAX (65535 - 20 - 8)
#define UDP6_MAX (65535 - 8)

/* How long to retry a message that cannot be sent. */
#define FAILING_MAX (5 * CLOCK_S)

/* The part of a unix socket's send buffer that Linux reserves (net/unix/af_unix.c). */
#define LOCAL_OVERHEAD 32

/*
 * The datagrams that the kernel has dropped since the socket was made. SO_MEMINFO, unlike
 * SO_RXQ_OVFL, also counts drops after the last datagram received. 0 where it is not supported.
 */
static uint64_t
datagram_lost(const struct end *end)
{
#if defined(SO_MEMINFO) && !defined(PORTABLE)
	const struct datagram *d = (const struct datagram *)end;
	uint32_t info[SK_MEMINFO_VARS] = {0};
	socklen_t len = sizeof(info);

	if (getsockopt(d->fd, SOL_SOCKET, SO_MEMINFO, info, &len) == 0)
		return info[SK_MEMINFO_DROPS];
#else
	(void)end;
#endif
	return 0;
}

static size_t
min(size_t a, size_t b)
{
	return a < b ? a : b;
}

bool
message_was_end(int fd, bool rdhup)
{
	int queued = 0;

	return rdhup && (ioctl(fd, FIONREAD, &queued) == -1 || queued == 0);
}

/* Whether an empty message from a seqpacket socket was the end of input. */
static bool
was_end(const struct datagram *d, const struct msghdr *message)
{
	if (d->credentials)
		return message->msg_controllen == 0;
	return message_was_end(d->fd, d->end.rdhup || d->end.pending != 0);
}

/*
 * Receives up to count messages. The kernel reports a refusal before the datagrams that are queued.
 * These are still delivered: the error is stored as pending, and reported when the queue is empty.
 * From then on in is -1, which is always ready to be read. Returns how many; -1 with errno.
 */
static int
receive_batch(struct datagram *d, struct mmsghdr *batch, unsigned int count)
{
	int n = mmsg_receive(d->fd, batch, count);

	while (n == -1 && d->end.pending == 0 && io_failure(&d->end) == IO_FAILED) {
		if (!trouble_goes_on(d, errno)) {
			d->end.pending = errno;
			d->end.in = -1;
		}
		n = mmsg_receive(d->fd, batch, count);
	}
	if (n == -1 && d->end.pending != 0)
		errno = d->end.pending;
	if (n > 0 && d->next != NULL)
		trouble_forget(d);
	return n;
}

static bool
truncated(const struct mmsghdr *batch, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (batch[i].msg_hdr.msg_flags & MSG_TRUNC)
			return true;
	return false;
}

/* Whether to accept a message from its sender. If admit is set, the sender may become the peer. */
static bool
is_heard(struct datagram *d, struct msghdr *message)
{
	struct peer from;
	bool known;

	if (!d->selective && d->admit == NULL)
		return true;
	peer_from(&from, message);
	known = address_equal(&from.address, &d->peer.address);
	if (d->selective)
		return known;
	/* A message that is too long is dropped, and does not end the conversation with others. */
	if ((message->msg_flags & MSG_TRUNC) || (!known && !d->admit(d->arg, &from)))
		return false;
	d->heard = from;
	if (!d->to_group && address_named(&from.address))
		d->peer = from;
	return true;
}

/* Sets the spaces to the messages that are accepted. Returns how many. */
static size_t
keep_heard(struct datagram *d, struct mmsghdr *batch, struct iovec *spaces, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (!is_heard(d, &batch[i].msg_hdr))
			continue;
		spaces[kept].iov_base = spaces[i].iov_base;
		spaces[kept++].iov_len = batch[i].msg_len;
	}
	return kept;
}

/* Exactly the room for the credentials: descriptors that the peer passes must not fit. */
#ifdef SCM_CREDENTIALS
#define CREDENTIALS CMSG_SPACE(sizeof(struct ucred))
#else
#define CREDENTIALS 0
#endif

static size_t
control_size(const struct datagram *d)
{
	if (d->credentials)
		return CREDENTIALS;
	return d->admit != NULL && address_family(&d->peer.address) != AF_UNIX ? PEER_CONTROL : 0;
}

static enum io
datagram_receive(struct end *end, struct iovec *spaces, size_t count, size_t *got)
{
	struct datagram *d = (struct datagram *)end;
	/* Each message of a sequence may be its end; another one would change who was heard. */
	const bool one = d->sequenced || (end->singly && d->admit != NULL);
	const size_t most = one ? 1 : min(count, MESSAGES_MAX);
	const bool named = d->selective || d->admit != NULL;
	const size_t room = control_size(d);
	struct address from[MESSAGES_MAX];
	_Alignas(struct cmsghdr) char control[MESSAGES_MAX][PEER_CONTROL];
	struct mmsghdr batch[MESSAGES_MAX];
	int n;

	for (size_t i = 0; i < most; i++)
		batch[i].msg_hdr = (struct msghdr){
		    .msg_name = named ? &from[i].to : NULL,
		    .msg_namelen = named ? sizeof(from[i].to) : 0,
		    .msg_iov = &spaces[i],
		    .msg_iovlen = 1,
		    .msg_control = room > 0 ? control[i] : NULL,
		    .msg_controllen = room,
		};
	n = receive_batch(d, batch, (unsigned int)most);
	if (n == -1)
		return io_failure(end);
	if (d->admit == NULL && truncated(batch, (size_t)n))
		return io_failed(end, EMSGSIZE);
	if (d->sequenced && batch[0].msg_len == 0 && was_end(d, &batch[0].msg_hdr))
		return io_end(end);
	*got = keep_heard(d, batch, spaces, (size_t)n);
	return *got > 0 ? IO_DONE : IO_AGAIN;
}

/*
 * The outcome after a message could not be sent. again: this was the first try. The error may stem
 * from an earlier message. If it persists, retrying ends after FAILING_MAX; likewise if memory is
 * short, since a unix message may be longer than the kernel can ever allocate.
 */
static enum io
send_failed(struct datagram *d, bool again)
{
	const enum io outcome = io_failure(&d->end);
	/* Of an unconnected unix socket poll(2) does not report whether the peer has room. */
	const bool unseen = d->end.out == -1;
	const int number = unseen && errno == ENOENT ? ECONNREFUSED : errno;

	errno = number;
	if (outcome == IO_AGAIN && unseen)
		return IO_BUSY;
	if (outcome == IO_AGAIN || (outcome == IO_FAILED && again && trouble_goes_on(d, number)))
		return IO_AGAIN;
	if (outcome == IO_FAILED && (d->admit != NULL || !trouble_may_pass(d, number) ||
					number == EMSGSIZE || number == EACCES))
		return io_failed(&d->end, number);
	if (outcome == IO_BUSY && !trouble_is_local(d))
		return IO_BUSY;
	if (d->failing_since == 0)
		d->failing_since = clock_now();
	if (clock_now() < d->failing_since + FAILING_MAX)
		return IO_BUSY;
	return io_failed(&d->end, number);
}

enum io
datagram_send(struct end *end, const struct iovec *messages, size_t count, size_t *put)
{
	struct datagram *d = (struct datagram *)end;
	const size_t most = min(count, MESSAGES_MAX);
	struct mmsghdr batch[MESSAGES_MAX];
	enum io outcome = IO_DONE;
	int n;

	for (size_t i = 0; i < most; i++)
		batch[i].msg_hdr = (struct msghdr){
		    .msg_name = d->addressed ? &d->peer.address.to : NULL,
		    .msg_namelen = d->addressed ? d->peer.address.len : 0,
		    .msg_iov = (struct iovec *)(uintptr_t)&messages[i],
		    .msg_iovlen = 1,
		    .msg_control = d->peer.control_len > 0 ? d->peer.control : NULL,
		    .msg_controllen = d->peer.control_len,
		};
	n = mmsg_send(d->fd, batch, (unsigned int)most);
	if (n == -1 && (outcome = send_failed(d, true)) == IO_AGAIN && errno != EAGAIN) {
		n = mmsg_send(d->fd, batch, (unsigned int)most);
		outcome = n == -1 ? send_failed(d, false) : IO_DONE;
	}
	if (n == -1)
		return outcome;
	for (int i = 0; i < n; i++) {
		if (batch[i].msg_len != messages[i].iov_len)
			return io_failed(end, EMSGSIZE);
		trouble_keep(d, &messages[i]);
	}
	d->failing_since = 0;
	*put = (size_t)n;
	return IO_DONE;
}

static enum io
datagram_finish(struct end *end)
{
	return ((const struct datagram *)end)->sequenced ? socket_finish(end) : IO_DONE;
}

static bool
datagram_failed(struct end *end)
{
	struct datagram *d = (struct datagram *)end;

	/* Reading SO_ERROR clears it: it is kept until all that has arrived is read. */
	if (d->end.pending == 0) {
		errno = socket_error(d->fd);
		if (errno != 0 && !trouble_goes_on(d, errno)) {
			d->end.pending = errno;
			d->end.in = -1;
		}
	}
	return io_end(end) == IO_FAILED;
}

/* Datagrams are not acknowledged; a refusal that has arrived is reported now. */
static enum io
datagram_acknowledged(struct end *end, size_t *left)
{
	(void)left;
	return datagram_failed(end) ? IO_FAILED : IO_DONE;
}

/* Unread messages would make the close a reset, which overtakes what the peer is yet to read. */
static void
discard_unread(struct datagram *d)
{
	struct iovec space = {0};
	enum io outcome;
	size_t got;

	(void)shutdown(d->fd, SHUT_RDWR);
	d->end.rdhup = true;
	do
		outcome = datagram_receive(&d->end, &space, 1, &got);
	while (outcome == IO_DONE || (outcome == IO_FAILED && d->end.error.number == EMSGSIZE));
}

static void
datagram_close(struct end *end, bool abandon)
{
	struct datagram *d = (struct datagram *)end;

	trouble_forget(d);
	if (d->sequenced && !abandon)
		discard_unread(d);
	d->fd = end->in = end->out = descriptor_close(d->fd);
}

static const struct peer *
datagram_peer(const struct end *end, bool received, int *fd)
{
	const struct datagram *d = (const struct datagram *)end;

	*fd = d->fd;
	return received && d->admit != NULL ? &d->heard : &d->peer;
}

static const struct end_ops datagram_ops = {
    .receive = datagram_receive,
    .send = datagram_send,
    .finish = datagram_finish,
    .acknowledged = datagram_acknowledged,
    .failed = datagram_failed,
    .lost = datagram_lost,
    .peer = datagram_peer,
    .close = datagram_close,
};

size_t
message_longest(int fd, int family)
{
	int buffer = 0;
	socklen_t len = sizeof(buffer);

	if (family == AF_INET)
		return UDP4_MAX;
	if (family == AF_INET6)
		return UDP6_MAX;
	if (family != AF_UNIX || getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, &len) == -1 ||
	    buffer <= LOCAL_OVERHEAD)
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
		.nonblocking = true,
		.send_max = message_longest(fd, family),
		.receive_max = family == AF_UNIX ? LOCAL_MESSAGE_MAX : UDP6_MAX,
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
	out->peer = out->heard = *peer;
	out->addressed = peer->control_len > 0 ||
			 (selective && address_named(&peer->address) && !socket_is_connected(fd));
	if (selective && out->addressed && address_family(&peer->address) == AF_UNIX)
		out->end.out = -1;
}

void
datagram_to_group(struct datagram *d, bool (*admit)(void *, const struct peer *), void *arg)
{
	(void)peer_prepare(d->fd, address_family(&d->peer.address), true);
	d->to_group = d->addressed = true;
	d->admit = admit;
	d->arg = arg;
}

void
datagram_fallback(struct datagram *d, int (*next)(void *), void *arg)
{
	d->next = next;
	d->next_arg = arg;
}

void
datagram_watch(struct datagram *d, struct observer *observer)
{
	d->observer = observer;
}

void
seqpacket_open(struct datagram *out, int fd, const char *name)
{
	open_messages(out, fd, AF_UNIX, name);
	out->sequenced = true;
	out->end.may_cut = true;
#if defined(SO_PASSCRED) && !defined(PORTABLE)
	const int on = 1;

	out->credentials = setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0;
#endif
}
