#include "net/pipes.h"

#include <errno.h>
#include <unistd.h>

#include "net/descriptor.h"

static enum io
pipes_read(struct end *end, void *buf, size_t size, size_t *got)
{
	const ssize_t n = end->in != -1 ? read(end->in, buf, size) : 0;

	if (n == -1)
		return io_failure(end);
	*got = (size_t)n;
	return n == 0 ? IO_END : IO_DONE;
}

/* The child has closed its standard input, or has exited. */
static bool
pipes_failed(struct end *end)
{
	struct pipes *p = (struct pipes *)end;

	p->input_closed = true;
	end->out = descriptor_close(end->out);
	return false;
}

static enum io
pipes_write(struct end *end, const struct iovec *parts, size_t count, size_t *put)
{
	struct pipes *p = (struct pipes *)end;
	ssize_t n;

	if (!p->input_closed) {
		n = writev(end->out, parts, (int)count);
		if (n == -1 && errno != EPIPE)
			return io_failure(end);
		*put = (size_t)n;
		if (n != -1)
			return IO_DONE;
		(void)pipes_failed(end);
	}
	*put = end_length(parts, count);
	return IO_DONE;
}

static enum io
pipes_finish(struct end *end)
{
	end->out = descriptor_close(end->out);
	return IO_DONE;
}

static void
pipes_close(struct end *end, bool abandon)
{
	(void)abandon;
	end->in = descriptor_close(end->in);
	end->out = descriptor_close(end->out);
}

static const struct end_ops pipes_ops = {
    .read = pipes_read,
    .write = pipes_write,
    .finish = pipes_finish,
    .failed = pipes_failed,
    .close = pipes_close,
};

void
pipes_open(struct pipes *out, int in_fd, int out_fd, const char *name)
{
	*out = (struct pipes){
	    .end = {.ops = &pipes_ops,
		.in = in_fd,
		.out = out_fd,
		.splice_in = in_fd != -1 ? SPLICEABLE_PIPE : SPLICEABLE_NOT,
		.nonblocking = true,
		.fault = FAULT_LOCAL,
		.in_name = name,
		.out_name = name},
	    .input_closed = out_fd == -1,
	};
}
