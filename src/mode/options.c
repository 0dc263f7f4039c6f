#include "mode/options.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "net/multicast.h"

/* A session takes its place until it has been silent for a while, whoever has gone. */
#define CLIENTS_USUAL 100
#define SESSIONS_USUAL 1000

/* TCP_MD5SIG_MAXKEYLEN, which not every system has. */
#define MD5_KEY_MAX 80

int
options_type(const struct options *o)
{
	if (o->datagrams)
		return SOCK_DGRAM;
	return o->seqpacket ? SOCK_SEQPACKET : SOCK_STREAM;
}

bool
options_room(const struct options *o)
{
	return o->broker || o->chat;
}

bool
options_many(const struct options *o)
{
	return o->keep_open || options_room(o);
}

bool
options_command(const struct options *o)
{
	return o->exec != NULL || o->shell != NULL;
}

size_t
options_most(const struct options *o)
{
	if (o->max_conns != MAX_CONNS_UNSET)
		return (size_t)o->max_conns;
	return o->datagrams ? SESSIONS_USUAL : CLIENTS_USUAL;
}

/* The port of a service's name; -1: there is no such service. arg: the options. */
static int
find_service(void *arg, const char *name)
{
	const struct options *o = arg;
	const struct servent *service =
	    o->numeric ? NULL : getservbyname(name, o->datagrams ? "udp" : "tcp");

	return service != NULL ? ntohs((uint16_t)service->s_port) : -1;
}

bool
options_ports(const struct options *o, struct ports *out, const char *text, uint16_t min,
    const char **bad, size_t *len)
{
	return ports_parse(out, text, min, find_service, (void *)(uintptr_t)o, bad, len);
}

/* The family of addresses; a group can be joined with one of its own alone. */
static int
family_of(const struct options *o)
{
	if (o->settings.multicast != NULL)
		return multicast_family(o->settings.multicast);
	if (o->ipv4)
		return AF_INET;
	return o->ipv6 ? AF_INET6 : AF_UNSPEC;
}

struct lookup
options_lookup(const struct options *o)
{
	return (struct lookup){
	    .host = o->host,
	    .port = o->port_number,
	    .family = family_of(o),
	    .type = options_type(o),
	    .numeric = o->numeric,
	};
}

bool
options_settings(
    struct settings *out, const struct options *o, char key[static SECRET_MAX], struct error *err)
{
	*out = o->settings;
	if (!o->md5)
		return true;
	out->md5_key = key;
	return secret_get(key, MD5_KEY_MAX, "STRAIT_TCP_MD5", "TCP MD5 key: ", "-S", err);
}
