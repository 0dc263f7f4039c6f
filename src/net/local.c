#include "net/local.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/descriptor.h"

#define REPLACE_TRIES 8

/* The path of a unix address, with the NUL that the address itself may have no room for. */
static void
path_of(char path[static ADDRESS_TEXT], const struct address *address)
{
	const size_t size = sizeof(address->to.local.sun_path);

	memcpy(path, address->to.local.sun_path, size);
	path[size] = '\0';
}

/*
 * Whether a socket file is stale: connecting is refused, since no socket is bound to it any more. A
 * datagram socket is used to find out: a stream listener refuses it with EPROTOTYPE, and never sees
 * a client.
 */
static bool
is_stale(const struct address *address)
{
	const int fd = descriptor_socket(AF_UNIX, SOCK_DGRAM, 0);
	bool stale = false;

	if (fd != -1)
		stale = connect(fd, &address->to.any, address->len) == -1 && errno == ECONNREFUSED;
	descriptor_close(fd);
	return stale;
}

/* Removes a stale socket file. False with err if there is something else at the path. */
static bool
remove_stale(const struct address *address, const char *path, const char *what, struct error *err)
{
	struct stat before, after;

	if (lstat(path, &before) == -1)
		return errno == ENOENT || error_errno(err, FAULT_LOCAL, "%s %s", what, path);
	if (!S_ISSOCK(before.st_mode))
		return error_set(err, FAULT_LOCAL, "%s %s: exists and is not a socket", what, path);
	if (!is_stale(address)) {
		errno = EADDRINUSE;
		return error_errno(err, FAULT_LOCAL, "%s %s", what, path);
	}
	if (lstat(path, &after) == 0 && before.st_dev == after.st_dev &&
	    before.st_ino == after.st_ino && unlink(path) == -1 && errno != ENOENT)
		return error_errno(err, FAULT_LOCAL, "replace %s", path);
	return true;
}

/* Remembers the file that bind(2) has just made. */
static void
claim(struct local_name *name, const char *path)
{
	struct stat st;

	if (lstat(path, &st) == -1)
		return;
	name->made = true;
	name->device = st.st_dev;
	name->inode = st.st_ino;
}

/* bind(2), with the file's permissions right from the moment that it is created. */
static int
bind_with(int fd, const struct address *address, int mode)
{
	const mode_t mask = mode >= 0 ? umask(0777 & ~(mode_t)mode) : 0;
	const int result = bind(fd, &address->to.any, address->len);
	const int number = errno;

	if (mode >= 0)
		umask(mask);
	errno = number;
	return result;
}

bool
local_bind(struct local_name *name, int fd, const struct address *address, int mode,
    const char *what, struct error *err)
{
	const bool abstract = address->to.local.sun_path[0] == '\0';
	char path[ADDRESS_TEXT], text[ADDRESS_TEXT];

	name->address = *address;
	name->made = false;
	path_of(path, address);
	for (int i = 0; bind_with(fd, address, mode) == -1; i++) {
		if (errno != EADDRINUSE || abstract || i == REPLACE_TRIES)
			return error_errno(
			    err, FAULT_LOCAL, "%s %s", what, address_text(text, address));
		if (!remove_stale(address, path, what, err))
			return false;
	}
	if (!abstract)
		claim(name, path);
	return true;
}

#if defined(__linux__) && !defined(PORTABLE)
/*
 * Whether the socket at an address is of this type. A socket that is connected already is used to
 * find out: Linux compares the types first, and only then refuses to connect it again.
 */
static bool
is_of_type(const struct address *address, int type)
{
	int pair[2];
	bool is = false;

	if (socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == -1)
		return false;
	is = connect(pair[0], &address->to.any, address->len) == -1 && errno != EPROTOTYPE;
	descriptor_close(pair[0]);
	descriptor_close(pair[1]);
	return is;
}
#else
static bool
is_of_type(const struct address *address, int type)
{
	(void)address;
	(void)type;
	return false;
}
#endif

int
local_type(const struct address *address)
{
	const int fd = descriptor_socket(AF_UNIX, SOCK_DGRAM, 0);
	const bool datagrams =
	    fd != -1 && (connect(fd, &address->to.any, address->len) == 0 || errno != EPROTOTYPE);

	descriptor_close(fd);
	if (datagrams)
		return SOCK_DGRAM;
	if (is_of_type(address, SOCK_STREAM))
		return SOCK_STREAM;
	return is_of_type(address, SOCK_SEQPACKET) ? SOCK_SEQPACKET : 0;
}

/* Makes a directory in base that only this user can enter. False with errno. */
static bool
make_directory(struct local_name *name, const char *base)
{
	const size_t size = sizeof(name->directory) - sizeof("/socket");
	const int len = snprintf(name->directory, size, "%s/strait.XXXXXX", base);

	if (len > 0 && (size_t)len < size && mkdtemp(name->directory) != NULL)
		return true;
	if (len > 0 && (size_t)len >= size)
		errno = ENAMETOOLONG;
	name->directory[0] = '\0';
	return false;
}

bool
local_private(struct local_name *name, struct error *err)
{
	const char *tmp = getenv("TMPDIR");
	char path[sizeof(name->directory) + sizeof("/socket")];
	size_t max;

	*name = (struct local_name){0};
	if ((tmp == NULL || *tmp != '/' || !make_directory(name, tmp)) &&
	    !make_directory(name, "/tmp"))
		return error_errno(err, FAULT_LOCAL, "make a directory for the reply address");
	snprintf(path, sizeof(path), "%s/socket", name->directory);
	address_local(&name->address, path, &max);
	return true;
}

void
local_remove(struct local_name *name)
{
	const bool private = name->directory[0] != '\0';
	char path[ADDRESS_TEXT];
	struct stat st;

	path_of(path, &name->address);
	if (private || (name->made && lstat(path, &st) == 0 && st.st_dev == name->device &&
			   st.st_ino == name->inode))
		unlink(path);
	if (private)
		rmdir(name->directory);
	name->made = false;
	name->directory[0] = '\0';
}
