#include "net/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#ifdef __linux__
#include <linux/sockios.h>
#endif

#include "net/descriptor.h"

/* Seconds of silence after which the kernel probes a peer that has finished. */
#define KEEPALIVE_IDLE 2

/* The ioctl that counts unacknowledged bytes, our FIN included (tcp(7); FreeBSD tcp(4)). */
#if defined(SIOCOUTQ)
#define UNACKNOWLEDGED SIOCOUTQ
#elif defined(FIONWRITE)
#define UNACKNOWLEDGED FIONWRITE
#endif

int
socket_error(int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		return errno;
	return error;
}

enum io
socket_finish(struct end *end)
{
	/* ENOTCONN: the connection has ended already. The next operation reports how. */
	if (shutdown(end->out, SHUT_WR) == -1 && errno != ENOTCONN)
		return io_failure(end);
	return IO_DONE;
}

/* Whether close(2), or the death of this process, sends a reset or a FIN (socket(7) SO_LINGER). */
static void
close_with_reset(int fd, bool reset)
{
	const struct linger linger = {.l_onoff = reset, .l_linger = 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

int
socket_abandon(int fd)
{
	const int number = errno;

	close_with_reset(fd, true);
	errno = number;
	return descriptor_close(fd);
}

void
socket_keepalive(int fd)
{
	const int on = 1;
	int asked = 0;
	socklen_t len = sizeof(asked);

	/* On already: the user has set the interval, too. */
	if (getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &asked, &len) == 0 && asked != 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
#ifdef TCP_KEEPIDLE
	const int idle = KEEPALIVE_IDLE;

	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
#endif
}

static void
set_reset(struct stream *s, bool reset)
{
	if (s->resets != reset)
		close_with_reset(s->fd, reset);
	s->resets = reset;
}

/* Keeps the pending error: reading SO_ERROR clears it, and reads would then report a clean end. */
static bool
stream_failed(struct end *end)
{
	struct stream *s = (struct stream *)end;

	if (end->pending == 0)
		end->pending = socket_error(s->fd);
	return io_end(end) == IO_FAILED;
}

static bool
stream_push_back(struct end *end, const void *data, size_t len)
{
	struct stream *s = (struct stream *)end;
	const size_t left = s->pushed.end - s->pushed.start;
	char *all = malloc(len + left);

	if (all == NULL) {
		(void)io_failed(end, errno);
		return false;
	}
	memcpy(all, data, len);
	if (left > 0)
		memcpy(all + len, s->pushed.data + s->pushed.start, left);
	free(s->pushed.data);
	s->pushed.data = all;
	s->pushed.start = 0;
	s->pushed.end = len + left;
	return true;
}

static bool
stream_ready(const struct end *end)
{
	return ((const struct stream *)end)->pushed.end > 0;
}

static size_t
read_pushed(struct stream *s, char *buf, size_t size)
{
	const size_t left = s->pushed.end - s->pushed.start;
	const size_t got = left < size ? left : size;

	memcpy(buf, s->pushed.data + s->pushed.start, got);
	s->pushed.start += got;
	if (got == left) {
		free(s->pushed.data);
		s->pushed.data = NULL;
		s->pushed.start = s->pushed.end = 0;
	}
	return got;
}

static enum io
stream_read(struct end *end, void *buf, size_t size, size_t *got)
{
	struct stream *s = (struct stream *)end;
	ssize_t n;

	if (s->pushed.end > 0) {
		*got = read_pushed(s, buf, size);
		return IO_DONE;
	}
	n = recv(s->fd, buf, size, 0);
	if (n == -1)
		return io_failure(end);
	if (n == 0)
		return io_end(end);
	*got = (size_t)n;
	return IO_DONE;
}

static enum io
stream_write(struct end *end, const struct iovec *parts, size_t count, size_t *put)
{
	const struct msghdr message = {
	    .msg_iov = (struct iovec *)(uintptr_t)parts, .msg_iovlen = count};
	const ssize_t n = sendmsg(end->out, &message, MSG_NOSIGNAL);

	if (n == -1)
		return io_failure(end);
	*put = (size_t)n;
	return IO_DONE;
}

static enum io
stream_finish(struct end *end)
{
	struct stream *s = (struct stream *)end;
	const enum io outcome = socket_finish(end);

	s->half_closed = outcome == IO_DONE;
	return outcome;
}

bool
socket_is_connected(int fd)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);

	return getpeername(fd, (struct sockaddr *)&peer, &len) == 0;
}

int
socket_unread(int fd)
{
	int unread = 0;

	return ioctl(fd, FIONREAD, &unread) == 0 ? unread : 0;
}

int
socket_unacknowledged(int fd)
{
	int queued = 0;

#ifdef UNACKNOWLEDGED
	if (ioctl(fd, UNACKNOWLEDGED, &queued) == -1)
		return -1;
#else
	(void)fd;
#endif
	return queued;
}

/* How many bytes the peer's kernel has not acknowledged. -1 with errno. */
static int
count_unacknowledged(const struct stream *s)
{
	/* What is written to a unix socket is in the peer's queue at once. */
	return s->tcp ? socket_unacknowledged(s->fd) : 0;
}

static enum io
stream_acknowledged(struct end *end, size_t *left)
{
	struct stream *s = (struct stream *)end;
	int queued = count_unacknowledged(s);

	/*
	 * The count stays above 0 after a reset, and the error may have been cleared by another
	 * process, such as a child. So a socket that is no longer connected is counted a second
	 * time: an orderly end since the first count leaves 0, a reset does not.
	 */
	if (queued > 0 && !stream_failed(end) && !socket_is_connected(s->fd)) {
		queued = count_unacknowledged(s);
		end->pending = queued > 0 ? ECONNRESET : 0;
	}
	*left = queued > 0 ? (size_t)queued : 0;
	if (queued == 0) {
		if (s->half_closed)
			set_reset(s, false);
		return IO_DONE;
	}
	if (queued == -1)
		return io_failed(end, errno);
	return stream_failed(end) ? IO_FAILED : IO_AGAIN;
}

static void
stream_keepalive(struct end *end)
{
	struct stream *s = (struct stream *)end;

	if (s->tcp && !s->kept_alive)
		socket_keepalive(s->fd);
	s->kept_alive = true;
}

static bool
stream_low_water(struct end *end, size_t bytes)
{
	const struct stream *s = (const struct stream *)end;
	const int mark = (int)bytes;

	return s->tcp && setsockopt(s->fd, SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof(mark)) == 0;
}

static void
stream_close(struct end *end, bool abandon)
{
	struct stream *s = (struct stream *)end;

	free(s->pushed.data);
	s->pushed.data = NULL;
	/* Unix sockets have no reset: an incomplete frame shows that this is no orderly end. */
	if (abandon && !s->tcp && end->framing == FRAMING_FRAMES)
		(void)!send(s->fd, "", 1, MSG_NOSIGNAL);
	set_reset(s, abandon);
	s->fd = end->in = end->out = descriptor_close(s->fd);
}

static const struct end_ops stream_ops = {
    .read = stream_read,
    .push_back = stream_push_back,
    .ready = stream_ready,
    .write = stream_write,
    .finish = stream_finish,
    .acknowledged = stream_acknowledged,
    .failed = stream_failed,
    .keepalive = stream_keepalive,
    .low_water = stream_low_water,
    .close = stream_close,
};

void
stream_open(struct stream *out, int fd, bool tcp, const char *name)
{
	const int on = 1;

	*out = (struct stream){
	    .end = {.ops = &stream_ops,
		.in = fd,
		.out = fd,
		.splice_in = SPLICEABLE_OTHER,
		.splice_out = SPLICEABLE_OTHER,
		.nonblocking = true,
		.fault = FAULT_PEER,
		.in_name = name,
		.out_name = name},
	    .fd = fd,
	    .tcp = tcp,
	};
	setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on));
	set_reset(out, true);
}

void
stream_release(struct stream *s)
{
	const int off = 0;

	setsockopt(s->fd, SOL_SOCKET, SO_OOBINLINE, &off, sizeof(off));
	close_with_reset(s->fd, false);
}
