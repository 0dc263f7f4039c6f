#include "mode/report.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "mode/say.h"

void
report_success(const struct destination *to, uint16_t port)
{
	const char *protocol = to->type == SOCK_DGRAM ? "udp" : "tcp";
	const struct servent *service = NULL;

	if (to->path != NULL) {
		say("Connection to %s succeeded!", to->path);
		return;
	}
	if (!to->numeric)
		service = getservbyport(htons(port), protocol);
	say("Connection to %s %u port [%s/%s] succeeded!", to->host, port, protocol,
	    service != NULL ? service->s_name : "*");
}
