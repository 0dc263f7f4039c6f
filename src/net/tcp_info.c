#include "net/tcp_info.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/clock.h"

#if defined(__linux__) && !defined(PORTABLE)

#define MICROSECOND (CLOCK_MS / 1000)

void
tcp_info_read(struct tcp_figures *out, int fd)
{
	const int number = errno;
	struct tcp_info info = {0};
	socklen_t len = sizeof(info), name_len = sizeof(out->congestion) - 1;

	*out = (struct tcp_figures){0};
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0) {
		out->known = true;
		out->rtt = info.tcpi_rtt * MICROSECOND;
		out->retransmits = info.tcpi_total_retrans;
		out->mss = info.tcpi_snd_mss;
		if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, out->congestion, &name_len) == -1)
			out->congestion[0] = '\0';
	}
	errno = number;
}

#else

void
tcp_info_read(struct tcp_figures *out, int fd)
{
	(void)fd;
	*out = (struct tcp_figures){0};
}

#endif
