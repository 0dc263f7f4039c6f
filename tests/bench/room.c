/* room PORT CLIENTS MESSAGES: so many clients come, and the last one's message reaches all others.
 * That is told by the line "in"; a line of standard input, or its end, is waited for. Then MESSAGES
 * more come from one after the other, each when all have the one before. Each message must come to
 * all but its sender, once, and nothing else. Says the microseconds of one of them. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "client.h"
#include "clock.h"

#define SIZE 64
#define FROM_ONE_ADDRESS 20000

static int *clients;
static int count;

static void
come(const char *port)
{
	struct rlimit most;

	if (getrlimit(RLIMIT_NOFILE, &most) == 0) {
		most.rlim_cur = most.rlim_max;
		setrlimit(RLIMIT_NOFILE, &most);
	}
	clients = calloc((size_t)count, sizeof(*clients));
	if (clients == NULL)
		err(1, "memory");
	for (int i = 0; i < count; i++)
		clients[i] = client(port, INADDR_LOOPBACK + (in_addr_t)(i / FROM_ONE_ADDRESS));
}

static void
say(int who, long number)
{
	char sent[SIZE + 1], got[SIZE];

	snprintf(sent, sizeof(sent), "%0*ld\n", SIZE - 1, number);
	if (send(clients[who], sent, SIZE, MSG_NOSIGNAL) != SIZE)
		err(1, "send");
	for (int i = 0; i < count; i++) {
		if (i == who)
			continue;
		const ssize_t length = recv(clients[i], got, SIZE, MSG_WAITALL);
		if (length == -1)
			err(1, "message %ld to client %d", number, i);
		if (length != SIZE || memcmp(sent, got, SIZE) != 0)
			errx(1, "message %ld to client %d: %zd other bytes", number, i, length);
	}
}

static void
nothing_more(void)
{
	char byte;

	for (int i = 0; i < count; i++)
		if (recv(clients[i], &byte, 1, MSG_DONTWAIT) != -1)
			errx(1, "client %d got more than it was sent", i);
}

int
main(int argc, char **argv)
{
	const long messages = argc == 4 ? atol(argv[3]) : 0;

	count = argc == 4 ? atoi(argv[2]) : 0;
	if (count < 2 || messages <= 0)
		errx(2, "usage: room PORT CLIENTS MESSAGES");
	come(argv[1]);
	say(count - 1, 0);
	fprintf(stderr, "in\n");
	getchar();
	const double began = seconds();
	for (long i = 1; i <= messages; i++)
		say((int)(i % count), i);
	const double took = seconds() - began;
	nothing_more();
	fprintf(stderr, "%f\n", took * 1e6 / (double)messages);
	return 0;
}
