#ifndef NET_MANY_H
#define NET_MANY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Waiting for many descriptors: the kernel remembers them, so that a wait costs as much as there
 * are events. Linux has epoll(7) for this (epoll.c); kqueue(2) would have a file like that. Events
 * are those of poll(2).
 */

/* A descriptor's number may be used again: the tag tells one registration from another. */
struct many_event {
	int fd;
	uint32_t tag;
	short events;
};

/* How many events one wait returns at the most. */
#define MANY_EVENTS 256

/* A new set of descriptors, with a descriptor of its own; -1 with errno where there is none. */
int many_open(void);

/* Adds a descriptor, or changes what is wanted of it. False with errno: poll(2) is to be used. */
bool many_add(int many, const struct many_event *);
bool many_change(int many, const struct many_event *);
void many_remove(int many, int fd);

/* Waits as poll(2) does. Returns the number of events, or -1 with errno. */
int many_wait(int many, struct many_event events[MANY_EVENTS], int timeout);

#endif
