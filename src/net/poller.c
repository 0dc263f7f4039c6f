#include "net/poller.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "net/descriptor.h"
#include "net/many.h"

/*
 * Theory of operation. The kernel's set of many descriptors knows files, not numbers. When a
 * descriptor is closed, the set forgets its file, unless it is open elsewhere as well, as standard
 * output often is in the shell. Such a file can neither be removed from the set nor be told to be
 * quiet. So each registration has a tag, and an event whose tag is not the one that is known comes
 * from such a file: a new set is made.
 */

/* How many descriptors poll(2) serves best; it gets them back when there are half as many. */
#define FEW 16

void
poller_init(struct poller *p)
{
	*p = (struct poller){.most = FEW, .many = -1};
}

void
poller_free(struct poller *p)
{
	free(p->polled);
	free(p->entries);
	descriptor_close(p->many);
	poller_init(p);
}

/* Registers a descriptor with many. False: it is not taken. */
static bool
enlist(struct poller *p, int fd)
{
	struct poller_entry *e = &p->entries[fd];
	struct many_event event = {.fd = fd, .tag = e->tag, .events = e->events};

	if (e->many && many_change(p->many, &event))
		return true;
	p->enlisted -= e->many;
	event.tag = ++e->tag;
	e->many = many_add(p->many, &event);
	p->enlisted += e->many;
	return e->many;
}

/* Takes a descriptor out of those of poll(2). */
static void
leave(struct poller *p, int fd)
{
	const size_t place = p->entries[fd].place;

	p->polled[place - 1] = p->polled[--p->count];
	p->entries[p->polled[place - 1].fd].place = place;
	p->entries[fd].place = 0;
}

/* There are too many for poll(2). Where the system has nothing better it serves them all. */
static void
leave_poll(struct poller *p)
{
	p->many = many_open();
	if (p->many == -1) {
		p->most *= 2;
		return;
	}
	for (size_t i = 0; i < p->count;) {
		const int fd = p->polled[i].fd;

		if (enlist(p, fd))
			leave(p, fd);
		else
			i++;
	}
}

bool
poller_set(struct poller *p, int fd, short events)
{
	struct poller_entry *e;

	/* One more, for many itself. */
	if (!array_grow(&p->entries, &p->entries_room, (size_t)fd + 1, sizeof(*p->entries)) ||
	    !array_grow(&p->polled, &p->room, p->count + 2, sizeof(*p->polled)))
		return false;
	e = &p->entries[fd];
	e->events = events;
	if (p->many != -1 && e->place == 0 && enlist(p, fd))
		return true;
	if (e->place == 0)
		e->place = ++p->count;
	p->polled[e->place - 1] = (struct pollfd){.fd = fd, .events = events};
	if (p->many == -1 && p->count > p->most)
		leave_poll(p);
	return true;
}

/* There are few again. poller_set has made room for them. */
static void
return_to_poll(struct poller *p)
{
	p->many = descriptor_close(p->many);
	for (size_t fd = 0; fd < p->entries_room && p->enlisted > 0; fd++) {
		struct poller_entry *e = &p->entries[fd];

		if (!e->many)
			continue;
		e->many = false;
		p->enlisted--;
		e->place = ++p->count;
		p->polled[e->place - 1] = (struct pollfd){.fd = (int)fd, .events = e->events};
	}
}

void
poller_unset(struct poller *p, int fd)
{
	struct poller_entry *e = &p->entries[fd];

	if (e->place > 0)
		leave(p, fd);
	else if (e->many)
		many_remove(p->many, fd);
	p->enlisted -= e->many;
	e->many = false;
	if (p->many != -1 && p->enlisted + p->count <= FEW / 2)
		return_to_poll(p);
}

/* Makes a new set of those that are in the old one, without the files that it can't let go. */
static bool
renew(struct poller *p)
{
	bool renewed = true;

	p->many = descriptor_close(p->many);
	p->many = many_open();
	for (size_t fd = 0; fd < p->entries_room && renewed; fd++)
		if (p->entries[fd].many) {
			p->entries[fd].many = false;
			p->enlisted--;
			renewed = poller_set(p, (int)fd, p->entries[fd].events);
		}
	return renewed;
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
	return count != -1 && (!stale || renew(p));
}

bool
poller_wait(struct poller *p, int timeout, void (*ready)(void *, int, short), void *arg)
{
	const size_t count = p->count + (p->many != -1);
	int left;

	if (count == 0 && timeout == 0)
		return true;
	if (p->many != -1 && p->count == 0)
		return wait_many(p, timeout, ready, arg);
	if (p->many != -1)
		p->polled[p->count] = (struct pollfd){.fd = p->many, .events = POLLIN};
	left = poll(p->polled, count, timeout);
	if (left == -1)
		return false;
	for (size_t i = 0; i < p->count && left > 0; i++)
		if (p->polled[i].revents != 0) {
			ready(arg, p->polled[i].fd, p->polled[i].revents);
			left--;
		}
	return left == 0 || wait_many(p, 0, ready, arg);
}
