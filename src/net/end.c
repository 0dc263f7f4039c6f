#include "net/end.h"

#include <errno.h>
#include <string.h>

#include "net/loop.h"

bool
end_ready(const struct end *end)
{
	return end->ops->ready != NULL ? end->ops->ready(end) : end->in == -1;
}

bool
end_push_back(struct end *end, const void *data, size_t len)
{
	if (end->ops->push_back != NULL)
		return end->ops->push_back(end, data, len);
	(void)io_failed(end, EOPNOTSUPP);
	return false;
}

enum io
end_finish(struct end *end)
{
	return end->ops->finish != NULL ? end->ops->finish(end) : IO_DONE;
}

enum io
end_acknowledged(struct end *end, size_t *left)
{
	*left = 0;
	return end->ops->acknowledged != NULL ? end->ops->acknowledged(end, left) : IO_DONE;
}

bool
end_failed(struct end *end)
{
	return end->ops->failed != NULL && end->ops->failed(end);
}

void
end_keepalive(struct end *end)
{
	if (end->ops->keepalive != NULL)
		end->ops->keepalive(end);
}

bool
end_low_water(struct end *end, size_t bytes)
{
	return end->ops->low_water != NULL && end->ops->low_water(end, bytes);
}

bool
end_doubt(struct end *end, bool doubtful)
{
	return end->ops->doubt != NULL && end->ops->doubt(end, doubtful);
}

enum spliceable
end_splice_in(const struct end *end)
{
	return end->in == -1 || end_ready(end) ? SPLICEABLE_NOT : end->splice_in;
}

enum spliceable
end_splice_out(const struct end *end)
{
	return end->out == -1 ? SPLICEABLE_NOT : end->splice_out;
}

struct pollfd
end_poll_in(const struct end *end)
{
	const short events = end->in_events != 0 ? end->in_events : POLLIN;

	return (struct pollfd){.fd = end->in, .events = (short)(events | END_RDHUP)};
}

struct pollfd
end_poll_out(const struct end *end)
{
	return (struct pollfd){
	    .fd = end->out, .events = end->out_events != 0 ? end->out_events : POLLOUT};
}

void
end_changed(const struct end *end)
{
	if (end->user != NULL)
		loop_changed(end->user);
}

const char *
end_error_text(const struct end *end)
{
	return end->error.text != NULL ? end->error.text : strerror(end->error.number);
}

char
end_last(const struct iovec *parts, size_t bytes)
{
	while (bytes > parts->iov_len)
		bytes -= parts++->iov_len;
	return ((const char *)parts->iov_base)[bytes - 1];
}

size_t
end_length(const struct iovec *parts, size_t count)
{
	size_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += parts[i].iov_len;
	return sum;
}

enum io
io_failure(struct end *end)
{
	switch (errno) {
	case EINTR:
	case EAGAIN:
#if EAGAIN != EWOULDBLOCK
	case EWOULDBLOCK:
#endif
		return IO_AGAIN;
	case ENOBUFS:
		return IO_BUSY;
	default:
		return io_failed(end, errno);
	}
}

enum io
io_failed(struct end *end, int number)
{
	end->error.number = number;
	end->error.text = NULL;
	return IO_FAILED;
}

enum io
io_end(struct end *end)
{
	return end->pending != 0 ? io_failed(end, end->pending) : IO_END;
}
