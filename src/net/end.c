#include "net/end.h"

#include <errno.h>

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
