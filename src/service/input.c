#include "service/input.h"

#include <errno.h>
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
	const int64_t now = clock_now();

	if (input->fanout.ended || LIST_EMPTY(&input->fanout.readers))
		return 0;
	if (!fanout_open(&input->fanout, now)) {
		*deadline = fanout_deadline(&input->fanout);
		return 0;
	}
	if (input->paused_until > now || end_ready(input->end)) {
		*deadline = input->paused_until;
		return 0;
	}
	if (room > 0)
		fds[0] = (struct pollfd){.fd = input->end->in, .events = POLLIN | END_RDHUP};
	return 1;
}

static void
input_failed(struct input *input, int number)
{
	struct error error;

	errno = number;
	if (number == EMSGSIZE)
		error_set(&error, FAULT_LOCAL,
		    "read from standard input: message too long: the limit is %zu bytes",
		    input->end->receive_max);
	else
		error_errno(&error, FAULT_STANDARD, "read from standard input");
	fanout_end(&input->fanout);
	input->failed(input->arg, &error);
}

/* How much of a byte stream to read. */
static size_t
portion(struct input *input, int64_t now)
{
	const size_t allowed = pace_allowance(&input->pace, now);

	return allowed < FANOUT_PIECE ? allowed : FANOUT_PIECE;
}

/* Reads a piece, or a message preceded by room for the header of the fanout. */
static enum io
input_read(struct input *input, size_t *got, int64_t now)
{
	struct end *end = input->end;
	struct iovec space = {input->space + FANOUT_MESSAGE, end->receive_max};
	enum io outcome;
	size_t count;

	if (!end->messages_in)
		return end->ops->read(end, input->space, portion(input, now), got);
	outcome = end->ops->receive(end, &space, 1, &count);
	*got = FANOUT_MESSAGE + space.iov_len;
	return outcome;
}

/* Whether there is something to read that poll(2) does not report: the rest of a small read. */
static bool
reads_rest(struct input *input, int64_t now)
{
	return fanout_open(&input->fanout, now) && input->paused_until <= now &&
	       end_ready(input->end);
}

/* So many bytes were read: waits if that is as much as the limit allows. */
static void
input_count(struct input *input, size_t got, int64_t now)
{
	input->taken += input->end->messages_in ? got - FANOUT_MESSAGE : got;
	input->paused_until = pace_count(&input->pace, input->taken, now);
}

static void
input_take(struct input *input, int64_t now)
{
	size_t got;
	const enum io outcome = input_read(input, &got, now);

	if (outcome == IO_DONE)
		input_count(input, got, now);
	if (outcome == IO_END)
		fanout_end(&input->fanout);
	else if (outcome == IO_FAILED)
		input_failed(input, input->end->error.number);
	else if (outcome == IO_DONE && !fanout_put(&input->fanout, NULL, input->space, got))
		input_failed(input, errno);
}

static void
input_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct input *input = input_of(task);
	const int64_t now = clock_now();

	if (count > 0)
		input->end->rdhup = (fds[0].revents & (END_RDHUP | POLLHUP)) != 0;
	else
		fanout_shed(&input->fanout, now);
	if (count > 0 || reads_rest(input, now))
		input_take(input, now);
}

bool
input_open(struct input *input, struct loop *loop, struct stdio *stdio, uint64_t rate,
    void (*failed)(void *, const struct error *), void *arg, struct error *err)
{
	const struct end *end = &stdio->end;
	const size_t size = end->messages_in ? FANOUT_MESSAGE + end->receive_max : FANOUT_PIECE;

	*input = (struct input){
	    .task = {.want = input_want, .serve = input_serve},
	    .loop = loop,
	    .end = &stdio->end,
	    .fanout.piece_max = size,
	    .fanout.source = &input->task,
	    .pace.rate = rate,
	    .space = calloc(1, size),
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
	fanout_free(&input->fanout);
	free(input->space);
}
