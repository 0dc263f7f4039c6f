#include "mode/inherit.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/number.h"

#define FIRST 3 /* SD_LISTEN_FDS_START */

/* A number of the environment that is to be removed; -1 if it is not there, or is none. */
static long long
take_number(const char *name)
{
	const char *text = getenv(name), *why;
	long long number = -1;

	if (text != NULL)
		(void)number_parse(&number, text, 1, INT_MAX, &why);
	unsetenv(name);
	return number;
}

/* How many sockets were handed over to this process. */
static int
count_handed(void)
{
	const long long pid = take_number("LISTEN_PID");
	const long long count = take_number("LISTEN_FDS");

	unsetenv("LISTEN_FDNAMES");
	return pid == getpid() && count > 0 ? (int)count : 0;
}

bool
inherit_listener(
    struct listener *l, struct options *o, const struct settings *settings, struct error *err)
{
	const bool managed = o->inherit == INHERIT_MANAGED;
	const int count = managed ? count_handed() : 1;

	if (count == 0)
		return error_set(err, FAULT_LOCAL,
		    "--inherit: no socket was handed over (LISTEN_PID, LISTEN_FDS)");
	if (count > ADDRESSES_MAX)
		return error_set(err, FAULT_LOCAL, "--inherit: %d sockets are more than %d", count,
		    ADDRESSES_MAX);
	if (!listener_inherit(
		l, managed ? FIRST : (int)o->inherit, count, options_many(o), settings, err))
		return false;
	o->local = address_family(&l->bound[0]) == AF_UNIX;
	o->datagrams = l->type == SOCK_DGRAM;
	o->seqpacket = l->type == SOCK_SEQPACKET;
	return true;
}
