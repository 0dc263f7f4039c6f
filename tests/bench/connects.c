/* connects PORT COUNT: COUNT clients, one after the other: each sends a line, half-closes, and
 * waits for the end. Says the seconds it took. */
#include <stdio.h>
#include <unistd.h>

#include "client.h"
#include "clock.h"

#define FROM_ONE_ADDRESS 10000

static void
once(const char *port, in_addr_t from)
{
	char buffer[4096];
	const int sock = client(port, from);

	if (send(sock, "hello\n", 6, MSG_NOSIGNAL) != 6 || shutdown(sock, SHUT_WR) == -1)
		err(1, "send");
	for (ssize_t got; (got = recv(sock, buffer, sizeof(buffer), 0)) != 0;)
		if (got == -1)
			err(1, "receive");
	close(sock);
}

int
main(int argc, char **argv)
{
	const long count = argc == 3 ? atol(argv[2]) : 0;
	/* One who comes after us finds our ports in use for a while. */
	const in_addr_t own = INADDR_LOOPBACK + (in_addr_t)(getpid() % 60000) * 256;

	if (count <= 0)
		errx(2, "usage: connects PORT COUNT");
	const double began = seconds();
	for (long i = 0; i < count; i++)
		once(argv[1], own + (in_addr_t)(i / FROM_ONE_ADDRESS));
	fprintf(stderr, "%f\n", seconds() - began);
	return 0;
}
