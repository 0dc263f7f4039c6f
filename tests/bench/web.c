/* web: a server on a port of 127.0.0.1, which it says first. A request is SIZE bytes that begin
 * with a number: so many bytes are answered, and a negative one asks for as many, and for the
 * connection to be closed behind them. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "client.h"
#include "request.h"

#define ANSWER_LONGEST (1 << 20)

static char answer[ANSWER_LONGEST];

/* Answers a request that was read whole: they are short. */
static void
serve(int sock)
{
	char request[REQUEST_SIZE + 1] = "";
	const ssize_t got = recv(sock, request, REQUEST_SIZE, 0);
	const long size = strtol(request, NULL, 10);

	if (got != REQUEST_SIZE) {
		close(sock);
		return;
	}
	for (long left = labs(size); left > 0;) {
		const ssize_t put = send(sock, answer, (size_t)left, MSG_NOSIGNAL);

		if (put == -1) {
			close(sock);
			return;
		}
		left -= put;
	}
	if (size < 0)
		close(sock);
}

static void
add(int many, int sock)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = sock};

	setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	if (epoll_ctl(many, EPOLL_CTL_ADD, sock, &event) == -1)
		err(1, "epoll_ctl");
}

int
main(void)
{
	struct sockaddr_in here = {.sin_family = AF_INET};
	socklen_t len = sizeof(here);
	const int many = epoll_create1(0), door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct epoll_event events[64];

	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(door, (struct sockaddr *)&here, sizeof(here)) == -1 || listen(door, 4096) == -1 ||
	    getsockname(door, (struct sockaddr *)&here, &len) == -1)
		err(1, "listen");
	fprintf(stderr, "%d\n", ntohs(here.sin_port));
	add(many, door);
	for (;;) {
		const int count = epoll_wait(many, events, 64, -1);

		for (int i = 0; i < count; i++) {
			if (events[i].data.fd != door) {
				serve(events[i].data.fd);
				continue;
			}
			for (int sock; (sock = accept(door, NULL, NULL)) != -1;)
				add(many, sock);
		}
	}
}
