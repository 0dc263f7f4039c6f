#ifndef NET_POLLER_H
#define NET_POLLER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Waits for descriptors: a few by poll(2); once there are more, by what the system has for many
 * (net/many.h), except for those which that does not take, such as regular files.
 */
struct poller {
	struct pollfd *polled; /* those of poll(2) */
	size_t count, room;
	size_t most; /* ... that there may be before it is left */
	struct poller_entry {
		size_t place; /* in there, counted from 1; 0: not there */
		uint32_t tag; /* of its registration with many */
		short events;
		bool many; /* it is registered there */
	} * entries;       /* by descriptor */
	size_t entries_room;
	int many;        /* -1: poll(2) serves all */
	size_t enlisted; /* how many are registered with it */
};

void poller_init(struct poller *);
void poller_free(struct poller *);

/*
 * Waits for these events of a descriptor from now on; even if they are none, an error or a hang-up
 * is told. To be called again when the descriptor may have been closed and its number be that of
 * another one, although the events are the same. False with errno when memory is short.
 */
bool poller_set(struct poller *, int fd, short events);

/* Waits for it no more. It may be closed already. */
void poller_unset(struct poller *, int fd);

/*
 * Waits until one is ready, for so many milliseconds at most (poll(2)'s timeout), and calls ready
 * for each that is, which must not change what is waited for. False with errno.
 */
bool poller_wait(
    struct poller *, int timeout, void (*ready)(void *arg, int fd, short events), void *arg);

#endif
