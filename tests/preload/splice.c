/*
 * Preloaded, makes splice(2) fall short or fail, as the environment says:
 *
 *   SPLICE_WHERE  which calls this is about: "in" to a pipe of strait's own, "out" of it,
 *                 "straight" between a pipe that it was given and a socket; else all of them
 *   SPLICE_MOST   no such call moves more than so many bytes; "random": than 1 to 9999
 *   SPLICE_FAIL   the name of an error: a call fails with it
 *   SPLICE_AT     the number of the call that fails: the first is 1; "again": each one that
 *                 follows one that could not be done yet
 *   SPLICE_EVERY  each call fails whose number can be divided by this
 *   SPLICE_AFTER  the first call fails after such calls have moved so many bytes
 *   SPLICE_LOG    a file that gets a line for each call that is made to fail
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SOME 9999

static const struct {
	const char *name;
	int number;
} errors[] = {
    {"EAGAIN", EAGAIN},
    {"ECONNRESET", ECONNRESET},
    {"EINTR", EINTR},
    {"EINVAL", EINVAL},
    {"EIO", EIO},
    {"ENOBUFS", ENOBUFS},
    {"ENOMEM", ENOMEM},
    {"ENOSPC", ENOSPC},
    {"ENOSYS", ENOSYS},
    {"EPERM", EPERM},
    {"EPIPE", EPIPE},
};

static const char *
setting(const char *name)
{
	const char *value = getenv(name);

	return value != NULL ? value : "";
}

static unsigned long
number(const char *name)
{
	return strtoul(setting(name), NULL, 10);
}

static int
wanted_error(void)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(errors[i].name, setting("SPLICE_FAIL")) == 0)
			return errors[i].number;
	return 0;
}

static bool
is_pipe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

static bool
concerned(int from, int to)
{
	const char *where = setting("SPLICE_WHERE");
	const char *is = "straight";

	if (is_pipe(from) && from != STDIN_FILENO)
		is = "out";
	else if (is_pipe(to) && to != STDOUT_FILENO)
		is = "in";
	return *where == '\0' || strcmp(where, is) == 0;
}

/* Whether a call fails: its number, what those before it have moved, whether the last one waits. */
static bool
fails(unsigned long call, unsigned long moved, bool again)
{
	static bool done;
	const unsigned long every = number("SPLICE_EVERY");

	if (strcmp(setting("SPLICE_AT"), "again") == 0)
		return again;
	if (every != 0)
		return call % every == 0;
	if (*setting("SPLICE_AFTER") == '\0')
		return call == number("SPLICE_AT");
	if (done || moved < number("SPLICE_AFTER"))
		return false;
	done = true;
	return true;
}

static void
tell(unsigned long call)
{
	const int fd = open(setting("SPLICE_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	if (fd == -1)
		return;
	dprintf(fd, "call %lu: %s\n", call, setting("SPLICE_FAIL"));
	close(fd);
}

static size_t
most(size_t len)
{
	size_t limit = number("SPLICE_MOST");

	if (strcmp(setting("SPLICE_MOST"), "random") == 0)
		limit = (size_t)(rand() % SOME) + 1;
	return limit > 0 && limit < len ? limit : len;
}

ssize_t
splice(int from, off_t *from_at, int to, off_t *to_at, size_t len, unsigned int flags)
{
	static unsigned long call, moved;
	static bool again;
	const bool here = concerned(from, to);
	const int error = wanted_error();
	ssize_t n;

	if (here && error != 0 && fails(++call, moved, again)) {
		tell(call);
		errno = error;
		return -1;
	}
	if (here)
		len = most(len);
	n = syscall(SYS_splice, from, from_at, to, to_at, len, flags);
	if (here)
		again = n == -1 && errno == EAGAIN;
	if (here && n > 0)
		moved += (unsigned long)n;
	return n;
}
