#include "net/end.h"

#include <errno.h>

enum io
end_finish_nothing(struct end *end)
{
	(void)end;
	return IO_DONE;
}

enum io
end_settle_nothing(struct end *end, size_t *left)
{
	(void)end;
	*left = 0;
	return IO_DONE;
}

bool
end_fail_never(struct end *end)
{
	(void)end;
	return false;
}

void
end_probe_nothing(struct end *end)
{
	(void)end;
}

bool
end_low_water_never(struct end *end, size_t bytes)
{
	(void)end;
	(void)bytes;
	return false;
}

size_t
end_length(const struct iovec *parts, size_t count)
{
	size_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += parts[i].iov_len;
	return sum;
}

bool
end_ready(const struct end *end)
{
	return end->in == -1 && (end->ops->empty == NULL || !end->ops->empty(end));
}

bool
end_idle(const struct end *end)
{
	return end->in == -1 && !end_ready(end);
}

enum io
io_failure(void)
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
		return IO_FAILED;
	}
}

enum io
io_end(const struct end *end)
{
	errno = end->error;
	return end->error != 0 ? IO_FAILED : IO_END;
}
