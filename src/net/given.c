#include "net/given.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>

#include "net/descriptor.h"

/*
 * Theory of operation. O_NONBLOCK must not be set on these descriptors, since other processes share
 * them. And that poll(2) reports one as ready does not mean that a call will not block: another
 * process may read the byte first; a terminal is writable when it has room for one byte, and can be
 * stopped (^S) at any moment. So each kind of descriptor is used in its own way:
 *
 *   socket          recv(2) and sendmsg(2) with MSG_DONTWAIT
 *   terminal        a second, non-blocking descriptor, opened by its name
 *   pipe            preadv2(2) and pwritev2(2) with RWF_NOWAIT
 *   file, device    read(2) and writev(2), which do not wait for another process
 *
 * All others are guarded: a timer's signal interrupts a call that blocks. These are terminals that
 * cannot be opened again because they belong to another user (su), and pipes without RWF_NOWAIT,
 * such as Linux's named FIFOs.
 */

/* How long a guarded call may block, in microseconds. */
#define GUARD_US 1000

struct guard {
	struct sigaction action;
	sigset_t mask;
	struct itimerval timer;
};

static void
interrupt(int number)
{
	(void)number;
}

/* The timer repeats: its first signal may come before the call has begun. */
static void
guard_begin(struct guard *before)
{
	const struct sigaction action = {.sa_handler = interrupt};
	const struct itimerval timer = {{0, GUARD_US}, {0, GUARD_US}};
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGALRM);
	(void)sigaction(SIGALRM, &action, &before->action);
	(void)sigprocmask(SIG_UNBLOCK, &mask, &before->mask);
	(void)setitimer(ITIMER_REAL, &timer, &before->timer);
}

/* The timer may have been set before exec(2): it is restored. */
static void
guard_end(const struct guard *before)
{
	const int keep = errno;

	(void)setitimer(ITIMER_REAL, &before->timer, NULL);
	(void)sigprocmask(SIG_SETMASK, &before->mask, NULL);
	(void)sigaction(SIGALRM, &before->action, NULL);
	errno = keep;
}

static ssize_t
read_guarded(struct given *g, void *buf, size_t size)
{
	struct guard before;
	ssize_t n;

	guard_begin(&before);
	n = read(g->fd, buf, size);
	guard_end(&before);
	return n;
}

static ssize_t
write_guarded(struct given *g, const struct iovec *parts, size_t count)
{
	const size_t len = parts->iov_len < PIPE_BUF ? parts->iov_len : PIPE_BUF;
	struct guard before;
	ssize_t n;

	(void)count;
	guard_begin(&before);
	n = write(g->fd, parts->iov_base, len);
	guard_end(&before);
	return n;
}

static ssize_t
read_plain(struct given *g, void *buf, size_t size)
{
	return read(g->fd, buf, size);
}

static ssize_t
write_plain(struct given *g, const struct iovec *parts, size_t count)
{
	return writev(g->fd, parts, (int)count);
}

static ssize_t
read_socket(struct given *g, void *buf, size_t size)
{
	return recv(g->fd, buf, size, MSG_DONTWAIT);
}

static ssize_t
write_socket(struct given *g, const struct iovec *parts, size_t count)
{
	const struct msghdr message = {
	    .msg_iov = (struct iovec *)(uintptr_t)parts, .msg_iovlen = count};

	return sendmsg(g->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
set_guarded(struct given *g)
{
	g->guarded = true;
	g->read = read_guarded;
	g->write = write_guarded;
}

#if defined(RWF_NOWAIT) && !defined(PORTABLE)

/* Whether the system does not support RWF_NOWAIT for this descriptor. */
static bool
lacks_nowait(ssize_t n)
{
	return n == -1 && (errno == EOPNOTSUPP || errno == ENOSYS || errno == EPERM);
}

static ssize_t
read_nowait(struct given *g, void *buf, size_t size)
{
	const struct iovec space = {buf, size};
	const ssize_t n = preadv2(g->fd, &space, 1, -1, RWF_NOWAIT);

	if (!lacks_nowait(n))
		return n;
	set_guarded(g);
	return g->read(g, buf, size);
}

static ssize_t
write_nowait(struct given *g, const struct iovec *parts, size_t count)
{
	const ssize_t n = pwritev2(g->fd, parts, (int)count, -1, RWF_NOWAIT);

	if (!lacks_nowait(n))
		return n;
	set_guarded(g);
	return g->write(g, parts, count);
}

static void
open_pipe(struct given *g)
{
	g->read = read_nowait;
	g->write = write_nowait;
}

#else

static void
open_pipe(struct given *g)
{
	set_guarded(g);
}

#endif

/* Opens a terminal a second time, non-blocking. -1 if that is not possible. */
static int
reopen(int fd, int access)
{
	const int flags = access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	char name[PATH_MAX];
	int own = -1;

	if (ttyname_r(fd, name, sizeof(name)) == 0)
		own = open(name, flags);
	/* A controlling terminal can be opened as /dev/tty even if it is another user's (su). */
	if (own == -1 && tcgetsid(fd) == getsid(0))
		own = open("/dev/tty", flags);
	return own;
}

static void
open_terminal(struct given *g, int access)
{
	g->own = reopen(g->fd, access);
	if (g->own == -1)
		set_guarded(g);
	else
		g->fd = g->own;
}

/* Urgent data would otherwise be lost: it is to be read at its place in the stream. */
static void
read_urgent_inline(struct given *g)
{
	const int on = 1;
	socklen_t len = sizeof(g->inline_before);

	g->inlined = getsockopt(g->fd, SOL_SOCKET, SO_OOBINLINE, &g->inline_before, &len) == 0 &&
		     setsockopt(g->fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on)) == 0;
}

void
given_open(struct given *g, int fd, mode_t mode, int access)
{
	*g = (struct given){.fd = fd, .own = -1, .read = read_plain, .write = write_plain};
	if (S_ISSOCK(mode)) {
		g->read = read_socket;
		g->write = write_socket;
		if (access == O_RDONLY)
			read_urgent_inline(g);
	} else if (S_ISFIFO(mode)) {
		open_pipe(g);
	} else if (S_ISCHR(mode) && isatty(fd)) {
		open_terminal(g, access);
	}
}

void
given_close(struct given *g)
{
	g->own = descriptor_close(g->own);
	if (g->inlined)
		setsockopt(
		    g->fd, SOL_SOCKET, SO_OOBINLINE, &g->inline_before, sizeof(g->inline_before));
	g->inlined = false;
}

ssize_t
given_read(struct given *g, void *buf, size_t size)
{
	return g->read(g, buf, size);
}

ssize_t
given_write(struct given *g, const struct iovec *parts, size_t count)
{
	return g->write(g, parts, count);
}

bool
given_is_null(const struct stat *st)
{
	struct stat null;

	return S_ISCHR(st->st_mode) && stat("/dev/null", &null) == 0 && st->st_rdev == null.st_rdev;
}

bool
given_has_reader(int fd, const struct stat *st)
{
	return S_ISFIFO(st->st_mode) || S_ISSOCK(st->st_mode) ||
	       (S_ISCHR(st->st_mode) && isatty(fd));
}

bool
given_keeps_packets(int fd)
{
#ifdef O_DIRECT
	return (fcntl(fd, F_GETFL) & O_DIRECT) != 0;
#else
	(void)fd;
	return false;
#endif
}
