#include "net/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#ifdef __linux__
#include <sys/mount.h>
#endif
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(SOCK_NONBLOCK) && defined(SOCK_CLOEXEC) && !defined(PORTABLE)
#define ATOMIC_FLAGS (SOCK_NONBLOCK | SOCK_CLOEXEC)
#endif

/* The largest pipe that Linux gives to any user (/proc/sys/fs/pipe-max-size). */
#define PIPE_SIZE (1 << 20)

/*
 * Opens /dev/null for reading in place of standard input, which is then empty, and in place of
 * standard output, where a write then fails with EBADF. Standard error becomes a /dev/null that can
 * be written, and discards messages: they are not wanted.
 */
static int
placeholder(int fd)
{
	return open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
}

bool
descriptor_reserve(struct error *err)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) != -1 || errno != EBADF)
			continue;
		if (placeholder(fd) != fd)
			return error_errno(err, FAULT_LOCAL, "open /dev/null");
	}
	return true;
}

int
descriptor_retire(int fd)
{
	const int result = close(fd);
	const int number = errno;

	/* open(2) returns this number, the lowest one free: those below it are in use. */
	(void)placeholder(fd);
	errno = number;
	return result;
}

/* The most descriptors that are open and not counted by note(): files, name look-ups. */
#define OTHERS 64

/* The highest number of a descriptor that functions of this file have opened. */
static int highest;

/* Updates highest for a new descriptor. Returns it. */
static int
note(int fd)
{
	if (fd > highest)
		highest = fd;
	return fd;
}

#ifndef ATOMIC_FLAGS
/* Makes a new descriptor non-blocking and closed on exec. Returns it, or -1 with errno. */
static int
set_flags(int fd)
{
	int flags;

	if (fd == -1)
		return -1;
	flags = fcntl(fd, F_GETFL);
	if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		return descriptor_close(fd);
	return fd;
}
#endif

int
descriptor_socket(int family, int type, int protocol)
{
#ifdef ATOMIC_FLAGS
	return note(socket(family, type | ATOMIC_FLAGS, protocol));
#else
	return note(set_flags(socket(family, type, protocol)));
#endif
}

int
descriptor_accept(int fd, struct sockaddr *address, socklen_t *len)
{
#ifdef ATOMIC_FLAGS
	return note(accept4(fd, address, len, ATOMIC_FLAGS));
#else
	return note(set_flags(accept(fd, address, len)));
#endif
}

int
descriptor_pipe(int fds[2])
{
#ifdef ATOMIC_FLAGS
	if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) == -1)
		return -1;
#else
	if (pipe(fds) == -1)
		return -1;
	fds[0] = set_flags(fds[0]);
	fds[1] = set_flags(fds[1]);
	if (fds[0] == -1 || fds[1] == -1) {
		fds[0] = descriptor_close(fds[0]);
		fds[1] = descriptor_close(fds[1]);
		return -1;
	}
#endif
	(void)note(fds[1]);
	return 0;
}

void
descriptor_block(int fd, bool blocking)
{
	const int flags = fcntl(fd, F_GETFL);

	if (flags != -1)
		(void)fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

/* Whether so many can be opened: opens them, and closes them again. */
static bool
can_open(int count)
{
	int fd;
	bool spare;

	if (count == 0)
		return true;
	fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	spare = fd != -1 && can_open(count - 1);
	(void)descriptor_close(fd);
	return spare;
}

bool
descriptor_spare(int count)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur > (rlim_t)(highest + count + OTHERS))
		return true;
	return can_open(count);
}

void
descriptor_widen(int fd)
{
#if defined(F_SETPIPE_SZ) && !defined(PORTABLE)
	const int had = fcntl(fd, F_GETPIPE_SZ);

	if (had == -1)
		return;
	for (int size = PIPE_SIZE; size > had && fcntl(fd, F_SETPIPE_SZ, size) == -1; size /= 2)
		;
#else
	(void)fd;
#endif
}

bool
descriptor_same(int a, int b)
{
	struct stat one, other;

	return fstat(a, &one) == 0 && fstat(b, &other) == 0 && one.st_dev == other.st_dev &&
	       one.st_ino == other.st_ino && (!S_ISCHR(one.st_mode) || isatty(a));
}

int
descriptor_pipe_size(int fd)
{
#if defined(F_GETPIPE_SZ) && !defined(PORTABLE)
	return fcntl(fd, F_GETPIPE_SZ);
#else
	(void)fd;
	return -1;
#endif
}

int64_t
descriptor_size(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
#if defined(BLKGETSIZE64) && !defined(PORTABLE)
	uint64_t size;

	if (S_ISBLK(st.st_mode))
		return ioctl(fd, BLKGETSIZE64, &size) == 0 ? (int64_t)size : -1;
#endif
	return S_ISREG(st.st_mode) ? (int64_t)st.st_size : -1;
}

int
descriptor_close(int fd)
{
	const int number = errno;

	if (fd != -1)
		close(fd);
	errno = number;
	return -1;
}
