/* flood PORT COUNT: sends COUNT datagrams of 1 KiB to the port of 127.0.0.1, as fast as it can.
 * Says when it began, and the seconds it took. */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "clock.h"

static int
connected(const char *port)
{
	const struct sockaddr_in to = {
	    .sin_family = AF_INET,
	    .sin_port = htons((in_port_t)atoi(port)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int sock = socket(AF_INET, SOCK_DGRAM, 0);

	if (sock == -1 || connect(sock, (const struct sockaddr *)&to, sizeof(to)) == -1)
		err(1, "connect");
	return sock;
}

int
main(int argc, char **argv)
{
	static const char datagram[1024];

	if (argc != 3)
		errx(2, "usage: flood PORT COUNT");
	const int sock = connected(argv[1]);
	const double began = seconds();
	for (long left = atol(argv[2]); left > 0; left--)
		/* Refused: the tool has died, which its status says better. */
		if (send(sock, datagram, sizeof(datagram), 0) == -1 && errno != ECONNREFUSED)
			err(1, "send");
	fprintf(stderr, "%f %f\n", began, seconds() - began);
	return 0;
}
