#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include <arpa/inet.h>
#include <err.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

/* A client of the port of 127.0.0.1, from an address of the loopback network: so many connections
 * come from one alone only as there are ports. Nothing is waited for longer than a minute. */
static inline int
client(const char *port, in_addr_t from)
{
	const struct sockaddr_in to = {
	    .sin_family = AF_INET,
	    .sin_port = htons((in_port_t)atoi(port)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(from)};
	const struct timeval minute = {.tv_sec = 60};
	const int sock = socket(AF_INET, SOCK_STREAM, 0);

	if (sock == -1)
		err(1, "socket");
	setsockopt(sock, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int));
	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &minute, sizeof(minute));
	setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &minute, sizeof(minute));
	if (bind(sock, (const struct sockaddr *)&own, sizeof(own)) == -1)
		err(1, "bind");
	if (connect(sock, (const struct sockaddr *)&to, sizeof(to)) == -1)
		err(1, "connect");
	return sock;
}

#endif
