#include "open/destination.h"

#include <bsd/string.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "net/local.h"

char *
destination_name(char buf[static DESTINATION_NAME], const struct destination *to, uint16_t port)
{
	if (to->text != NULL)
		snprintf(buf, DESTINATION_NAME, "%s", to->text);
	else if (to->ports == NULL)
		snprintf(buf, DESTINATION_NAME, "%s %s", to->host, to->port_text);
	else
		snprintf(buf, DESTINATION_NAME, "%s %u", to->host, port);
	return buf;
}

static enum fault
connect_fault(int family, int failure)
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

/* The options that would reach a unix socket of another type. */
static const char *
type_advice(const struct destination *to, int type)
{
	switch (type) {
	case SOCK_DGRAM:
		return to->prefixed ? "it is a datagram socket: use unixgram:PATH"
				    : "it is a datagram socket: use -u";
	case SOCK_SEQPACKET:
		return to->prefixed
			   ? "it is a seqpacket socket: use unix:PATH, and listen with --seqpacket"
			   : "it is a seqpacket socket: use --seqpacket";
	case SOCK_STREAM:
		if (to->prefixed)
			return "it is a stream socket: use unixstream:PATH";
		return to->type == SOCK_DGRAM ? "it is a stream socket: leave out -u"
					      : "it is a stream socket: leave out --seqpacket";
	default:
		return to->prefixed ? "it is a stream or seqpacket socket"
				    : "it is a stream or seqpacket socket: leave out -u, "
				      "and try with and without --seqpacket";
	}
}

void
destination_failure(struct error *out, const struct destination *to, const char *name,
    const struct address *at, int failure)
{
	const int family = address_family(at);

	errno = failure;
	error_errno(out, connect_fault(family, failure), "connect to %s", name);
	if (failure != EPROTOTYPE || family != AF_UNIX)
		return;
	strlcat(out->text, ": ", sizeof(out->text));
	strlcat(out->text, type_advice(to, local_type(at)), sizeof(out->text));
}

void
destination_missed(
    const struct destination *to, const char *name, const struct attempt *a, int level)
{
	char host[ADDRESS_TEXT], both[DESTINATION_NAME + ADDRESS_TEXT + 4];
	struct error error;

	level = to->quiet ? EVENT_FOR_PROGRAMS : level;
	if (!event_wanted(to->observer, level))
		return;
	if (to->path == NULL && strcmp(address_host(host, a->to), to->host) != 0)
		snprintf(both, sizeof(both), "%s (%s)", name, host);
	else
		snprintf(both, sizeof(both), "%s", name);
	destination_failure(&error, to, both, a->to, a->failure);
	event_tell(to->observer, (struct event){.kind = EVENT_CONNECT_FAILED,
				     .name = name,
				     .address = a->to,
				     .error = &error,
				     .duration = a->took,
				     .level = level});
}

void
destination_reached(const struct destination *to, const struct address *address,
    const struct address *local, int64_t duration)
{
	const int level = to->quiet ? EVENT_FOR_PROGRAMS : 0;

	if (!event_wanted(to->observer, level))
		return;
	event_tell(to->observer, (struct event){.kind = EVENT_CONNECTED,
				     .name = to->path != NULL ? to->path : to->host,
				     .count = address_port(address),
				     .address = address,
				     .local = local,
				     .duration = duration,
				     .level = level,
				     .datagrams = to->type == SOCK_DGRAM});
}
