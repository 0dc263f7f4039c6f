#ifndef MODE_INPUT_H
#define MODE_INPUT_H

#include "net/feed.h"
#include "net/loop.h"
#include "net/standard.h"

/* Standard input, for all clients there are: it is read as long as there is one. */
struct input {
	struct task task;
	struct loop *loop;
	struct end *end; /* to be read */
	struct feed feed;
	char *space;
	void (*failed)(void *arg, const struct error *);
	void *arg;
};

/* failed is called, once, when standard input cannot be read. False with FAULT_LOCAL. */
bool input_open(struct input *, struct loop *, struct standard *,
    void (*failed)(void *arg, const struct error *), void *arg, struct error *);

/* Of zeroes it does nothing. */
void input_close(struct input *);

#endif
