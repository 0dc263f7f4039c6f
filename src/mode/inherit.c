#include "mode/inherit.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/number.h"
#include "open/resolve.h"

#define LISTEN_FDS_START 3 /* SD_LISTEN_FDS_START of <systemd/sd-daemon.h> */

/* The number in an environment variable; -1 if it is not set or not a number. */
static long long
number_of(const char *name)
{
	const char *text = getenv(name), *why;
	long long number = -1;

	if (text != NULL)
		(void)number_parse(&number, text, 1, INT_MAX, &why);
	return number;
}

int
inherit_offered(void)
{
	const long long count = number_of("LISTEN_FDS");

	return number_of("LISTEN_PID") == getpid() && count > 0 ? (int)count : 0;
}

/* The same, and removes the variables, so that no child takes the sockets for its own. */
static int
count_handed(void)
{
	const int count = inherit_offered();

	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return count;
}

/* Finds a socket's domain and type. Those of the first one become the options'. */
static bool
adopt_socket_kind(struct options *o, int fd, struct error *err)
{
	struct address bound = {.len = sizeof(bound.to)};
	int type;
	socklen_t len = sizeof(type);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == -1 ||
	    getsockname(fd, &bound.to.any, &bound.len) == -1)
		return error_errno(err, FAULT_LOCAL, "--inherit: descriptor %d", fd);
	o->inherited_local = o->inherited_local || address_family(&bound) == AF_UNIX;
	if (fd != o->inherited_first)
		return true;
	o->local = address_family(&bound) == AF_UNIX;
	o->datagrams = type == SOCK_DGRAM;
	o->seqpacket = type == SOCK_SEQPACKET;
	return true;
}

bool
inherit_find(struct options *o, struct error *err)
{
	const bool managed = o->inherit == INHERIT_MANAGED;

	o->inherited_count = managed ? count_handed() : 1;
	o->inherited_first = managed ? LISTEN_FDS_START : (int)o->inherit;
	if (o->inherited_count == 0)
		return error_set(err, FAULT_LOCAL,
		    "--inherit: no socket was handed over (LISTEN_PID, LISTEN_FDS)");
	if (o->inherited_count > ADDRESSES_MAX)
		return error_set(err, FAULT_LOCAL, "--inherit: %d sockets are more than %d",
		    o->inherited_count, ADDRESSES_MAX);
	for (int i = 0; i < o->inherited_count; i++)
		if (!adopt_socket_kind(o, o->inherited_first + i, err))
			return false;
	return true;
}
