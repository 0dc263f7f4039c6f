#include "mode/report.h"

#include <bsd/string.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

#include "mode/say.h"
#include "net/local.h"

char *
report_name(char buf[static REPORT_NAME], const struct options *o, uint16_t port)
{
	if (o->local)
		snprintf(buf, REPORT_NAME, "%s", o->path);
	else if (o->port_count == 1)
		snprintf(buf, REPORT_NAME, "%s %s", o->host, o->port);
	else
		snprintf(buf, REPORT_NAME, "%s %u", o->host, port);
	return buf;
}

void
report_success(const struct options *o, uint16_t port)
{
	const char *protocol = o->datagrams ? "udp" : "tcp";
	const struct servent *service = NULL;

	if (o->local) {
		say("Connection to %s succeeded!", o->path);
		return;
	}
	if (!o->numeric)
		service = getservbyport(htons(port), protocol);
	say("Connection to %s %u port [%s/%s] succeeded!", o->host, port, protocol,
	    service != NULL ? service->s_name : "*");
}

static enum fault
fault_of(int family, int failure)
{
	switch (failure) {
	case ETIMEDOUT:
		return FAULT_TIME;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOENT:
	case ENOTDIR:
	case EPROTOTYPE:
		return FAULT_LOCAL;
	case EACCES:
		return family == AF_UNIX ? FAULT_LOCAL : FAULT_PEER;
	default:
		return FAULT_PEER;
	}
}

/* What to say to reach a unix socket of another type; of --to if that is what leads there. */
static const char *
advice(const struct options *o, int type)
{
	const bool relay = o->to.text != NULL;

	switch (type) {
	case SOCK_DGRAM:
		return relay ? "it is a datagram socket: say unixgram:PATH"
			     : "it is a datagram socket: say -u";
	case SOCK_SEQPACKET:
		return relay
			   ? "it is a seqpacket socket: say unix:PATH, and listen with --seqpacket"
			   : "it is a seqpacket socket: say --seqpacket";
	case SOCK_STREAM:
		if (relay)
			return "it is a stream socket: say unixstream:PATH";
		return o->datagrams ? "it is a stream socket: leave out -u"
				    : "it is a stream socket: leave out --seqpacket";
	default:
		return relay ? "it is a stream or seqpacket socket"
			     : "it is a stream or seqpacket socket: say neither -u nor "
			       "--seqpacket, or --seqpacket";
	}
}

void
report_failure(struct error *out, const struct options *o, const char *name,
    const struct address *to, int failure)
{
	const int family = address_family(to);

	errno = failure;
	error_errno(out, fault_of(family, failure), "connect to %s", name);
	if (failure != EPROTOTYPE || family != AF_UNIX)
		return;
	strlcat(out->text, ": ", sizeof(out->text));
	strlcat(out->text, advice(o, local_type(to)), sizeof(out->text));
}
