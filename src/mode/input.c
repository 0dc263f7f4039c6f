#include "mode/input.h"

#include <stdlib.h>

static struct input *
input_of(struct task *task)
{
	return (struct input *)task;
}

static size_t
input_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	struct input *input = input_of(task);

	if (input->feed.ended || LIST_EMPTY(&input->feed.readers))
		return 0;
	if (!feed_open(&input->feed, clock_now())) {
		*deadline = feed_deadline(&input->feed);
		return 0;
	}
	if (room > 0)
		fds[0] = (struct pollfd){.fd = input->end->in, .events = POLLIN};
	return 1;
}

static void
input_failed(struct input *input)
{
	struct error error;

	error_errno(&error, FAULT_STANDARD, "read from standard input");
	input->feed.ended = true;
	input->failed(input->arg, &error);
}

static void
input_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct input *input = input_of(task);
	struct end *end = input->end;
	size_t got;
	enum io outcome;

	(void)fds;
	if (count == 0) {
		feed_shed(&input->feed, clock_now());
		return;
	}
	outcome = end->ops->read(end, input->space, FEED_PIECE, &got);
	if (outcome == IO_END)
		input->feed.ended = true;
	else if (outcome == IO_FAILED ||
		 (outcome == IO_DONE && !feed_put(&input->feed, NULL, input->space, got)))
		input_failed(input);
}

bool
input_open(struct input *input, struct loop *loop, struct standard *standard,
    void (*failed)(void *, const struct error *), void *arg, struct error *err)
{
	*input = (struct input){
	    .task = {.want = input_want, .serve = input_serve},
	    .loop = loop,
	    .end = &standard->end,
	    .space = malloc(FEED_PIECE),
	    .failed = failed,
	    .arg = arg,
	};
	if (input->space == NULL)
		return error_errno(err, FAULT_LOCAL, "memory");
	return loop_add(loop, &input->task, err);
}

void
input_close(struct input *input)
{
	if (input->loop == NULL)
		return;
	loop_remove(input->loop, &input->task);
	feed_free(&input->feed);
	free(input->space);
}
