#include "net/many.h"

#include <errno.h>

#if defined(__linux__) && !defined(PORTABLE)

#include <poll.h>
#include <sys/epoll.h>

_Static_assert(EPOLLIN == POLLIN && EPOLLOUT == POLLOUT && EPOLLERR == POLLERR &&
		   EPOLLHUP == POLLHUP && EPOLLRDHUP == POLLRDHUP,
    "the events of epoll(7) are those of poll(2)");

int
many_open(void)
{
	return epoll_create1(EPOLL_CLOEXEC);
}

static bool
many_control(int many, int operation, const struct many_event *wanted)
{
	struct epoll_event event = {
	    .events = (uint32_t)wanted->events,
	    .data.u64 = (uint64_t)wanted->tag << 32 | (uint32_t)wanted->fd,
	};

	return epoll_ctl(many, operation, wanted->fd, &event) == 0;
}

bool
many_add(int many, const struct many_event *wanted)
{
	return many_control(many, EPOLL_CTL_ADD, wanted);
}

bool
many_change(int many, const struct many_event *wanted)
{
	return many_control(many, EPOLL_CTL_MOD, wanted);
}

void
many_remove(int many, int fd)
{
	/* Fails if the descriptor was closed, which has removed it already. */
	(void)many_control(many, EPOLL_CTL_DEL, &(struct many_event){.fd = fd});
}

int
many_wait(int many, struct many_event events[MANY_EVENTS], int timeout)
{
	struct epoll_event found[MANY_EVENTS];
	const int count = epoll_wait(many, found, MANY_EVENTS, timeout);

	for (int i = 0; i < count; i++)
		events[i] = (struct many_event){
		    .fd = (int)(uint32_t)found[i].data.u64,
		    .tag = (uint32_t)(found[i].data.u64 >> 32),
		    .events = (short)found[i].events,
		};
	return count;
}

#else

int
many_open(void)
{
	errno = ENOSYS;
	return -1;
}

bool
many_add(int many, const struct many_event *wanted)
{
	(void)many;
	(void)wanted;
	return false;
}

bool
many_change(int many, const struct many_event *wanted)
{
	return many_add(many, wanted);
}

void
many_remove(int many, int fd)
{
	(void)many;
	(void)fd;
}

int
many_wait(int many, struct many_event events[MANY_EVENTS], int timeout)
{
	(void)many;
	(void)events;
	(void)timeout;
	return -1;
}

#endif
