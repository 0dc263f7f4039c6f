#include "mode/options.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

/* A datagram session counts until it has been idle for a while, hence the higher limit. */
#define CLIENTS_USUAL 100
#define SESSIONS_USUAL 1000

/* TCP_MD5SIG_MAXKEYLEN, which not every system defines. */
#define MD5_KEY_MAX 80

int
options_type(const struct options *o)
{
	if (o->datagrams)
		return SOCK_DGRAM;
	return o->seqpacket ? SOCK_SEQPACKET : SOCK_STREAM;
}

bool
options_many(const struct options *o)
{
	return o->keep_open || o->broker || o->chat;
}

bool
options_command(const struct options *o)
{
	return o->exec != NULL || o->shell != NULL;
}

bool
options_several(const struct options *o)
{
	const bool one = o->datagrams && !options_command(o) && o->to.text == NULL;

	return o->port_count > 1 || (options_many(o) && !one);
}

size_t
options_most(const struct options *o)
{
	if (o->max_conns != MAX_CONNS_UNSET)
		return (size_t)o->max_conns;
	return o->datagrams ? SESSIONS_USUAL : CLIENTS_USUAL;
}

/* The port of a service name; -1: unknown. arg: the options. */
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

/* The family of addresses: that of a multicast group, or as -4 and -6 say. */
static int
family_of(const struct options *o)
{
	if (o->settings.multicast.text != NULL)
		return address_family(&o->settings.multicast.address);
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

bool
options_destination(struct destination *out, const struct options *o,
    const struct settings *settings, struct observer *observer, struct error *err)
{
	struct ports *ports = NULL;
	const char *bad;
	size_t len;

	if (o->port_count > 1) {
		ports = malloc(sizeof(*ports));
		if (ports == NULL)
			return error_errno(err, FAULT_LOCAL, "memory");
		(void)options_ports(o, ports, o->port, 1, &bad, &len);
	}
	*out = (struct destination){
	    .text = o->path,
	    .type = options_type(o),
	    .path = o->path,
	    .host = o->host,
	    .family = family_of(o),
	    .numeric = o->numeric,
	    .port_text = o->port,
	    .port = o->port_number,
	    .ports = ports,
	    .source = o->source,
	    .source_port = o->source_port_number,
	    .concurrent = o->scan,
	    .unconnected = !o->scan && !o->pass,
	    .settings = settings,
	    .layers = o->layers_out,
	    .observer = observer,
	};
	return true;
}

void
options_destination_free(struct destination *to)
{
	free((void *)(uintptr_t)to->ports);
	to->ports = NULL;
}

struct opening_rules
options_opening(const struct options *o)
{
	return (struct opening_rules){
	    .retry = {.wait = o->wait, .again = o->retry != DURATION_UNSET, .limit = o->retry},
	    .pause = o->delay,
	    .random = o->random_ports,
	};
}
