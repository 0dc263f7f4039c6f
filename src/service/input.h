#ifndef SERVICE_INPUT_H
#define SERVICE_INPUT_H

#include "net/fanout.h"
#include "net/loop.h"
#include "net/stdio.h"

/* Standard input, read for all clients while there are any. */
struct input {
	struct task task;
	struct loop *loop;
	struct end *end; /* standard input */
	struct fanout fanout;
	char *space;
	void (*failed)(void *arg, const struct error *);
	void *arg;
};

/* failed is called, at most once, if standard input cannot be read. False with FAULT_LOCAL. */
bool input_open(struct input *, struct loop *, struct stdio *,
    void (*failed)(void *arg, const struct error *), void *arg, struct error *);

/* Does nothing if zeroed. */
void input_close(struct input *);

#endif
