#include "mode/report.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>

#include "mode/say.h"

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
		return FAULT_LOCAL;
	case EACCES:
		return family == AF_UNIX ? FAULT_LOCAL : FAULT_PEER;
	default:
		return FAULT_PEER;
	}
}

void
report_failure(struct error *out, const char *name, int family, int failure)
{
	errno = failure;
	error_errno(out, fault_of(family, failure), "connect to %s", name);
}
