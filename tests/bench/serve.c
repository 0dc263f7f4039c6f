/* serve echo|close: listens on a free port of 127.0.0.1 and, until killed, sends each peer its own
 * data back, or closes at once. */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int
listening(void)
{
	const struct sockaddr_in any = {
	    .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int sock = socket(AF_INET, SOCK_STREAM, 0);

	if (sock == -1 || bind(sock, (const struct sockaddr *)&any, sizeof(any)) == -1 ||
	    listen(sock, SOMAXCONN) == -1)
		err(1, "listen");
	return sock;
}

static void
echo(int peer)
{
	char buffer[4096];
	ssize_t got;

	setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	while ((got = recv(peer, buffer, sizeof(buffer), 0)) > 0)
		if (send(peer, buffer, (size_t)got, MSG_NOSIGNAL) != got)
			return;
}

int
main(int argc, char **argv)
{
	if (argc != 2)
		errx(2, "usage: serve echo|close");
	const bool echoes = strcmp(argv[1], "echo") == 0;
	const int sock = listening();
	int peer;

	while ((peer = accept(sock, NULL, NULL)) != -1) {
		if (echoes)
			echo(peer);
		close(peer);
	}
	err(1, "accept");
}
