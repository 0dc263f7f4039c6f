#include "mode/options.h"

#include <sys/socket.h>

int
options_type(const struct options *o)
{
	if (o->datagrams)
		return SOCK_DGRAM;
	return o->seqpacket ? SOCK_SEQPACKET : SOCK_STREAM;
}

struct lookup
options_lookup(const struct options *o)
{
	return (struct lookup){
	    .host = o->host,
	    .port = o->port_number,
	    .family = o->ipv4   ? AF_INET
		      : o->ipv6 ? AF_INET6
				: AF_UNSPEC,
	    .type = options_type(o),
	    .numeric = o->numeric,
	};
}
