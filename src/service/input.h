#ifndef SERVICE_INPUT_H
#define SERVICE_INPUT_H

#include "net/fanout.h"
#include "net/loop.h"
#include "net/stdio.h"

/* Standard input, for all clients there are: it is read as long as there is one. */
struct input {
	struct task task;
	struct loop *loop;
	struct end *end; /* to be read */
	struct fanout fanout;
	char *space;
	void (*failed)(void *arg, const struct error *);
	void *arg;
};

/* failed is called, once, when standard input cannot be read. False with FAULT_LOCAL. */
bool input_open(struct input *, struct loop *, struct stdio *,
    void (*failed)(void *arg, const struct error *), void *arg, struct error *);

/* Of zeroes it does nothing. */
void input_close(struct input *);

#endif
