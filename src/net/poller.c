#include "net/poller.h"

#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/array.h"
#include "net/descriptor.h"
#include "net/many.h"

/*
 * Theory of operation. An epoll set holds open file descriptions, not descriptor numbers. Closing a
 * descriptor removes its file from the set only if no other descriptor refers to it; standard
 * output, for example, is usually open in the shell as well. A file that stays behind can neither
 * be removed nor silenced, because its number is gone. So each registration has a tag, and an event
 * with an outdated tag comes from such a file: the set is then made anew.
 *
 * A signal handler can interrupt a wait without a pipe, and none is missed: the array for poll(2)
 * ends with an entry that is ignored. The handler writes a descriptor into it that cannot be open.
 * If the signal comes before the system call, poll(2) finds that and returns; if it comes later,
 * poll(2) fails with EINTR.
 */

/* Up to so many descriptors poll(2) is faster. It is used again when there are half as many. */
#define POLL_MAX 16

/* No descriptor has this number. */
#define NEVER_OPEN INT_MAX

static volatile sig_atomic_t interrupted;
static volatile struct pollfd *volatile sentinel; /* that entry, while it counts; else NULL */
static bool expects_interrupts;

void
poller_interrupt(void)
{
	interrupted = 1;
	if (sentinel != NULL)
		sentinel->fd = NEVER_OPEN;
}

bool
poller_interrupted(void)
{
	if (!interrupted)
		return false;
	interrupted = 0;
	return true;
}

void
poller_expect_interrupts(bool expect)
{
	expects_interrupts = expect;
}

void
poller_init(struct poller *p)
{
	*p = (struct poller){.poll_max = POLL_MAX, .many = -1};
}

void
poller_free(struct poller *p)
{
	free(p->polled);
	free(p->entries);
	descriptor_close(p->many);
	poller_init(p);
}

/* Adds a descriptor to the set, or updates it there. False: it cannot be in a set. */
static bool
register_many(struct poller *p, int fd)
{
	struct poller_entry *e = &p->entries[fd];
	struct many_event event = {.fd = fd, .tag = e->tag, .events = e->events};

	if (e->many && many_change(p->many, &event))
		return true;
	p->registered -= e->many;
	event.tag = ++e->tag;
	e->many = many_add(p->many, &event);
	p->registered += e->many;
	return e->many;
}

/* Removes a descriptor from the array for poll(2). */
static void
remove_polled(struct poller *p, int fd)
{
	const size_t slot = p->entries[fd].slot;

	p->polled[slot - 1] = p->polled[--p->count];
	p->entries[p->polled[slot - 1].fd].slot = slot;
	p->entries[fd].slot = 0;
}

/* Moves the descriptors to a new set. Where there is none, poll(2) goes on with all of them. */
static void
switch_to_many(struct poller *p)
{
	p->many = many_open();
	if (p->many == -1) {
		p->poll_max *= 2;
		return;
	}
	for (size_t i = 0; i < p->count;) {
		const int fd = p->polled[i].fd;

		if (register_many(p, fd))
			remove_polled(p, fd);
		else
			i++;
	}
}

bool
poller_set(struct poller *p, int fd, short events)
{
	struct poller_entry *e;

	/* Two more than needed: for the set's own descriptor, and the sentinel. */
	if (!array_grow(&p->entries, &p->entries_room, (size_t)fd + 1, sizeof(*p->entries)) ||
	    !array_grow(&p->polled, &p->room, p->count + 3, sizeof(*p->polled)))
		return false;
	e = &p->entries[fd];
	e->events = events;
	if (p->many != -1 && e->slot == 0 && register_many(p, fd))
		return true;
	if (e->slot == 0)
		e->slot = ++p->count;
	p->polled[e->slot - 1] = (struct pollfd){.fd = fd, .events = events};
	if (p->many == -1 && p->count > p->poll_max)
		switch_to_many(p);
	return true;
}

/* Moves all descriptors back to poll(2). poller_set has reserved room for them. */
static void
switch_to_poll(struct poller *p)
{
	p->many = descriptor_close(p->many);
	for (size_t fd = 0; fd < p->entries_room && p->registered > 0; fd++) {
		struct poller_entry *e = &p->entries[fd];

		if (!e->many)
			continue;
		e->many = false;
		p->registered--;
		e->slot = ++p->count;
		p->polled[e->slot - 1] = (struct pollfd){.fd = (int)fd, .events = e->events};
	}
}

void
poller_unset(struct poller *p, int fd)
{
	struct poller_entry *e = &p->entries[fd];

	if (e->slot > 0)
		remove_polled(p, fd);
	else if (e->many)
		many_remove(p->many, fd);
	p->registered -= e->many;
	e->many = false;
	if (p->many != -1 && p->registered + p->count <= POLL_MAX / 2)
		switch_to_poll(p);
}

/* Makes a new set of the same descriptors, without the closed files that the old one holds. */
static bool
rebuild(struct poller *p)
{
	bool ok = true;

	p->many = descriptor_close(p->many);
	p->many = many_open();
	for (size_t fd = 0; fd < p->entries_room && ok; fd++)
		if (p->entries[fd].many) {
			p->entries[fd].many = false;
			p->registered--;
			ok = poller_set(p, (int)fd, p->entries[fd].events);
		}
	return ok;
}

static bool
wait_many(struct poller *p, int timeout, void (*ready)(void *, int, short), void *arg)
{
	struct many_event events[MANY_EVENTS];
	const int count = many_wait(p->many, events, timeout);
	bool stale = false;

	for (int i = 0; i < count; i++) {
		const struct many_event *event = &events[i];
		const struct poller_entry *e = &p->entries[event->fd];

		if (e->many && e->tag == event->tag)
			ready(arg, event->fd, event->events);
		else
			stale = true;
	}
	return count != -1 && (!stale || rebuild(p));
}

/* As poll(2), with room for one more entry. */
static int
poll_interruptibly(struct pollfd *fds, size_t count, int timeout)
{
	int left;

	fds[count] = (struct pollfd){.fd = -1};
	atomic_signal_fence(memory_order_seq_cst);
	sentinel = &fds[count];
	if (interrupted)
		sentinel->fd = NEVER_OPEN;
	left = poll(fds, count + 1, timeout);
	sentinel = NULL;
	return left > 0 && fds[count].revents != 0 ? left - 1 : left;
}

bool
poller_wait(struct poller *p, int timeout, void (*ready)(void *, int, short), void *arg)
{
	const size_t count = p->count + (p->many != -1);
	struct pollfd only;
	int left;

	if (count == 0 && timeout == 0)
		return true;
	if (p->many != -1 && p->count == 0 && !expects_interrupts)
		return wait_many(p, timeout, ready, arg);
	if (p->many != -1)
		p->polled[p->count] = (struct pollfd){.fd = p->many, .events = POLLIN};
	left = poll_interruptibly(p->polled != NULL ? p->polled : &only, count, timeout);
	if (left == -1)
		return false;
	for (size_t i = 0; i < p->count && left > 0; i++)
		if (p->polled[i].revents != 0) {
			ready(arg, p->polled[i].fd, p->polled[i].revents);
			left--;
		}
	return left == 0 || wait_many(p, 0, ready, arg);
}
