#ifndef SERVICE_INPUT_H
#define SERVICE_INPUT_H

#include "net/fanout.h"
#include "net/loop.h"
#include "net/stdio.h"
#include "pump/pace.h"

/* Standard input, read for all clients while there are any. */
struct input {
	struct task task;
	struct loop *loop;
	struct end *end; /* standard input */
	struct fanout fanout;
	struct pace pace;     /* the limit, */
	uint64_t taken;       /* the bytes that it counts, */
	int64_t paused_until; /* and when it allows to read again; 0: now */
	char *space;
	void (*failed)(void *arg, const struct error *);
	void *arg;
};

/*
 * rate: how many bytes a second are read; 0: no limit. failed is called, at most once, if standard
 * input cannot be read. False with FAULT_LOCAL.
 */
bool input_open(struct input *, struct loop *, struct stdio *, uint64_t rate,
    void (*failed)(void *arg, const struct error *), void *arg, struct error *);

/* Does nothing if zeroed. */
void input_close(struct input *);

#endif
