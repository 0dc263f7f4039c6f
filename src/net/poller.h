#ifndef NET_POLLER_H
#define NET_POLLER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Waits for descriptors: a few with poll(2); more than that with the system's call for many
 * (net/many.h), except for those that it does not support, such as regular files.
 */
struct poller {
	struct pollfd *polled; /* those that poll(2) waits for */
	size_t count, room;
	size_t poll_max; /* with more than these, many is used */
	struct poller_entry {
		size_t slot;  /* 1 + its index in polled; 0: not there */
		uint32_t tag; /* of its last registration in the set */
		short events;
		bool many; /* it is in the set */
	} * entries;       /* by descriptor number */
	size_t entries_room;
	int many;          /* the set's descriptor; -1: poll(2) waits for all */
	size_t registered; /* how many are in the set */
};

void poller_init(struct poller *);
void poller_free(struct poller *);

/*
 * Waits for these events of a descriptor from now on. Errors and hang-ups are always reported, even
 * if events is 0. To be called again if the number may belong to a new descriptor, even if the
 * events are the same. False with errno when memory is short.
 */
bool poller_set(struct poller *, int fd, short events);

/* Stops waiting for a descriptor, which may be closed already. */
void poller_unset(struct poller *, int fd);

/*
 * Waits until a descriptor is ready, or for timeout milliseconds (-1: without limit), and calls
 * ready for each that is. ready must not call poller_set or poller_unset. False with errno.
 */
bool poller_wait(
    struct poller *, int timeout, void (*ready)(void *arg, int fd, short events), void *arg);

/* For signal handlers: the wait that is under way, or else the next one, returns at once. */
void poller_interrupt(void);

/* Whether poller_interrupt was called since the last call of this. */
bool poller_interrupted(void);

/*
 * Whether poller_interrupt has to work when there are many descriptors, too, which then costs a
 * second system call for each wait. At first it need not.
 */
void poller_expect_interrupts(bool);

#endif
