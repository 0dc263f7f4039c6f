#ifndef NET_STDIO_WATCH_H
#define NET_STDIO_WATCH_H

#include "net/loop.h"

/* Watches standard output while there is no conversation. */
struct stdio_watch {
	struct task task;
	void (*gone)(void *arg, const struct error *);
	void *arg;
};

/*
 * From now on gone is called, once or more, when the reader of standard output has exited. Does
 * nothing if there is none, such as for a file.
 */
bool stdio_watch(struct stdio_watch *, struct loop *, void (*gone)(void *arg, const struct error *),
    void *arg, struct error *);

#endif
