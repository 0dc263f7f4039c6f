/* load PORT IDLE BUSY ANSWER SECONDS: IDLE clients come, each is answered once and stays. Then BUSY
 * more ask for ANSWER bytes, each again as soon as it has them; with a negative number each on a
 * new connection, which is closed behind the answer. Says how many answers a second there were. */
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "client.h"
#include "clock.h"
#include "request.h"

#define FROM_ONE_ADDRESS 10000

struct asker {
	int sock;
	long left; /* bytes of the answer */
};

static int many;
static long come; /* how many connections there have been */
static in_addr_t own;

static int
enter(const char *port)
{
	return client(port, own + (in_addr_t)(come++ / FROM_ONE_ADDRESS));
}

static void
ask(int sock, long size)
{
	char request[REQUEST_SIZE];

	memset(request, ' ', sizeof(request));
	(void)snprintf(request, sizeof(request), "%ld", size);
	if (send(sock, request, sizeof(request), MSG_NOSIGNAL) != sizeof(request))
		err(1, "ask");
}

static void
begin(struct asker *a, const char *port, long size)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = a};

	a->sock = enter(port);
	a->left = labs(size);
	if (epoll_ctl(many, EPOLL_CTL_ADD, a->sock, &event) == -1)
		err(1, "epoll_ctl");
	ask(a->sock, size);
}

/* Reads once. Returns whether the answer is whole; then the next one has been asked for. */
static int
hear(struct asker *a, const char *port, long size)
{
	static char buffer[1 << 18];
	const ssize_t got = recv(a->sock, buffer, sizeof(buffer), 0);

	if (got == -1)
		err(1, "answer");
	a->left -= got;
	if (got == 0 && (a->left != 0 || size > 0))
		errx(1, "%ld bytes are missing", a->left);
	if (size < 0) {
		/* Whoever serves closes first. */
		if (got > 0)
			return 0;
		close(a->sock);
		begin(a, port, size);
	} else if (a->left == 0) {
		a->left = size;
		ask(a->sock, size);
	} else {
		return 0;
	}
	return 1;
}

static void
idle(const char *port)
{
	char answer[REQUEST_SIZE];
	const int sock = enter(port);

	ask(sock, REQUEST_SIZE);
	if (recv(sock, answer, sizeof(answer), MSG_WAITALL) != sizeof(answer))
		err(1, "idle client %ld", come);
}

int
main(int argc, char **argv)
{
	const long idlers = argc == 6 ? atol(argv[2]) : 0, busy = argc == 6 ? atol(argv[3]) : 0;
	const long size = argc == 6 ? atol(argv[4]) : 0;
	const double limit = argc == 6 ? atof(argv[5]) : 0;
	struct epoll_event events[64];
	struct asker *askers;
	long answers = 0;
	double began;

	if (busy <= 0 || size == 0 || limit <= 0)
		errx(2, "usage: load PORT IDLE BUSY ANSWER SECONDS");
	own = INADDR_LOOPBACK + (in_addr_t)(getpid() % 60000) * 256;
	many = epoll_create1(0);
	askers = calloc((size_t)busy, sizeof(*askers));
	if (many == -1 || askers == NULL)
		err(1, "start");
	for (long i = 0; i < idlers; i++)
		idle(argv[1]);
	for (long i = 0; i < busy; i++)
		begin(&askers[i], argv[1], size);
	began = seconds();
	while (seconds() < began + limit) {
		const int count = epoll_wait(many, events, 64, -1);

		for (int i = 0; i < count; i++)
			answers += hear(events[i].data.ptr, argv[1], size);
	}
	fprintf(stderr, "%f\n", (double)answers / (seconds() - began));
	return 0;
}
