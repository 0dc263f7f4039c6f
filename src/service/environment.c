#include "service/environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const prefixes[ENVIRONMENT_NAMES] = {"STRAIT_", "NCAT_"};
static const char *const names[ENVIRONMENT_FACTS] = {
    "REMOTE_ADDR", "REMOTE_PORT", "LOCAL_ADDR", "LOCAL_PORT", "PROTO"};

/* Variables for strait only (from the service manager), and secrets. */
static const char *const private[] = {
    "LISTEN_PID=", "LISTEN_FDS=", "LISTEN_FDNAMES=", "STRAIT_TCP_MD5="};

static bool
begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* Whether a variable of strait's environment is not passed on. */
static bool
is_replaced(const struct environment *e, const char *variable)
{
	for (size_t i = 0; i < sizeof(private) / sizeof(private[0]); i++)
		if (begins_with(variable, private[i]))
			return true;
	for (size_t i = 0; i < ENVIRONMENT_FACTS * ENVIRONMENT_NAMES; i++)
		if (strncmp(variable, e->facts[i], strcspn(e->facts[i], "=") + 1) == 0)
			return true;
	return false;
}

static const char *
protocol_of(const struct address *address, bool datagrams)
{
	if (address_family(address) == AF_UNIX)
		return "UNIX";
	return datagrams ? "UDP" : "TCP";
}

/* The port as text; "" for a unix address. */
static const char *
port_text(char buf[static 8], const struct address *address)
{
	snprintf(buf, 8, "%u", address_port(address));
	return address_family(address) == AF_UNIX ? "" : buf;
}

static void
fill_facts(struct environment *e, int fd, const struct peer *peer, bool datagrams)
{
	const struct address *remote = &peer->address;
	struct address local;
	char remote_host[ADDRESS_TEXT], local_host[ADDRESS_TEXT], remote_port[8], local_port[8];

	peer_local(&local, fd, peer);
	const char *const values[ENVIRONMENT_FACTS] = {
	    address_named(remote) ? address_host(remote_host, remote) : "",
	    port_text(remote_port, remote),
	    address_named(&local) ? address_host(local_host, &local) : "",
	    port_text(local_port, &local),
	    protocol_of(&local, datagrams),
	};
	for (size_t i = 0; i < ENVIRONMENT_FACTS; i++)
		for (size_t k = 0; k < ENVIRONMENT_NAMES; k++)
			snprintf(e->facts[i * ENVIRONMENT_NAMES + k], sizeof(e->facts[0]),
			    "%s%s=%s", prefixes[k], names[i], values[i]);
}

bool
environment_make(
    struct environment *e, int fd, const struct peer *peer, bool datagrams, struct error *err)
{
	size_t count = 0, used = 0;

	fill_facts(e, fd, peer, datagrams);
	while (environ[count] != NULL)
		count++;
	e->list = calloc(count + ENVIRONMENT_FACTS * ENVIRONMENT_NAMES + 1, sizeof(*e->list));
	if (e->list == NULL)
		return error_errno(err, FAULT_LOCAL, "memory");
	for (size_t i = 0; i < count; i++)
		if (!is_replaced(e, environ[i]))
			e->list[used++] = environ[i];
	for (size_t i = 0; i < ENVIRONMENT_FACTS * ENVIRONMENT_NAMES; i++)
		e->list[used++] = e->facts[i];
	return true;
}

void
environment_free(struct environment *e)
{
	free(e->list);
	e->list = NULL;
}
