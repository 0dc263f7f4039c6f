#ifndef NET_MANY_H
#define NET_MANY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Polling many descriptors: they are registered with the kernel, so that the cost of a wait depends
 * on the number of events only. epoll.c implements this with Linux's epoll(7); an implementation
 * with kqueue(2) would be a second file. Events are those of poll(2).
 */

/* tag: tells apart registrations of a descriptor number that was closed and used again. */
struct many_event {
	int fd;
	uint32_t tag;
	short events;
};

/* The most events that one wait returns. */
#define MANY_EVENTS 256

/* Makes an empty set. Returns its descriptor; -1 with errno where the system has no such call. */
int many_open(void);

/*
 * Adds a descriptor, or changes its events. False with errno if it cannot be in a set, such as a
 * regular file: poll(2) is to be used for it.
 */
bool many_add(int many, const struct many_event *);
bool many_change(int many, const struct many_event *);
void many_remove(int many, int fd);

/* Waits as poll(2) does. Returns the number of events, or -1 with errno. */
int many_wait(int many, struct many_event events[MANY_EVENTS], int timeout);

#endif
