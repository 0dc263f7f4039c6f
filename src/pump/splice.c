#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/descriptor.h"
#include "pump/lane.h"

/*
 * Theory of operation. splice(2) moves bytes between a pipe and any other descriptor without their
 * passing through this program. Where one of the ends is a pipe, the lane splices straight from
 * end to end and holds nothing. Elsewhere it splices by way of a pipe of its own; what is in there
 * is in flight.
 *
 * EAGAIN does not say which side it was that was not ready. As poll(2) has just told that the
 * source is, it is taken to be the other one: the lane is stuck, and asks for its sink alone. If it
 * was the source after all, the next try shows that.
 *
 * What a kernel cannot splice (some devices) it refuses before it has moved anything. The lane then
 * goes on by copying, and what its pipe holds goes out first.
 *
 * Of a TCP socket Linux splices up to urgent data (tcp(7), SO_OOBINLINE), and then says that there
 * is nothing, or that this is the end. recv(2) goes on behind it. So what looks like the end, and
 * what looks like nothing although there is something, is left to the copying mover, which reads.
 */

#if defined(SPLICE_F_NONBLOCK) && !defined(PORTABLE)

/* No call moves more: a pipe that is larger is not emptied in one go. */
#define AT_ONCE ((size_t)1 << 20)

/* Whether a failure says that these descriptors cannot be spliced, rather than what befell them. */
static bool
refused(void)
{
	return errno == EINVAL || errno == EBADF || errno == ENOSYS || errno == EOPNOTSUPP ||
	       errno == EPERM || errno == EACCES;
}

/*
 * Whether the source is a socket that has something to read although splice(2) has said that there
 * is nothing now. Keeps errno.
 */
static bool
hides_data(const struct lane *lane)
{
	const int number = errno;
	bool hides = false;
	char byte;

	if (lane->source->bare_in == BARE_OTHER)
		hides = recv(lane->source->in, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
	errno = number;
	return hides;
}

static void
close_pipe(struct lane *lane)
{
	lane->pipe.in = descriptor_close(lane->pipe.in);
	lane->pipe.out = descriptor_close(lane->pipe.out);
}

/* Hands the lane to the copying mover, with what the pipe holds in flight. */
static enum io
go_on_copying(struct lane *lane)
{
	struct error error;
	ssize_t n;

	if (lane->copy.data == NULL) {
		lane->copy.size = lane->pipe.held;
		(void)copy_mover.start(lane, &error);
		lane->copy.data = malloc(lane->copy.size);
		if (lane->copy.data == NULL)
			return IO_FAILED;
	}
	while (lane->pipe.held > 0) {
		n = read(lane->pipe.in, lane->copy.data + lane->copy.end, lane->pipe.held);
		if (n == -1)
			return io_failure();
		lane->copy.end += (size_t)n;
		lane->pipe.held -= (size_t)n;
	}
	close_pipe(lane);
	lane->mover = &copy_mover;
	return IO_AGAIN;
}

static bool
splice_start(struct lane *lane, struct error *err)
{
	(void)err;
	lane->pipe.in = lane->pipe.out = -1;
	return true;
}

static void
splice_stop(struct lane *lane)
{
	close_pipe(lane);
	/* Of a hand-over that was broken off. */
	copy_mover.stop(lane);
}

/* As long as something is in flight the source is not asked: it might answer with an error. */
static bool
splice_has_room(const struct lane *lane)
{
	return lane->pipe.held == 0;
}

static bool
splice_in_flight(const struct lane *lane)
{
	return lane->pipe.held > 0;
}

static bool
open_pipe(struct lane *lane)
{
	int fds[2];

	if (lane->pipe.in != -1)
		return true;
	if (descriptor_pipe(fds) == -1)
		return false;
	lane->pipe.in = fds[0];
	lane->pipe.out = fds[1];
	descriptor_widen(fds[0]);
	return true;
}

static enum io
splice_fill(struct lane *lane)
{
	ssize_t n;

	if (!open_pipe(lane))
		return go_on_copying(lane);
	n = splice(lane->source->in, lane->source->position, lane->pipe.out, NULL, AT_ONCE,
	    SPLICE_F_NONBLOCK);
	if (n == 0 || (n == -1 && (refused() || hides_data(lane))))
		return go_on_copying(lane);
	if (n == -1)
		return io_failure();
	lane->pipe.held += (size_t)n;
	lane->taken += (size_t)n;
	return IO_DONE;
}

static enum io
splice_flush(struct lane *lane)
{
	ssize_t n;

	/* The hand-over was interrupted: a part is in the buffer already. */
	if (lane->copy.data != NULL)
		return go_on_copying(lane);
	n = splice(lane->pipe.in, NULL, lane->sink->out, NULL, lane->pipe.held, SPLICE_F_NONBLOCK);
	if (n == 0 || (n == -1 && refused()))
		return go_on_copying(lane);
	if (n == -1)
		return io_failure();
	lane->pipe.held -= (size_t)n;
	lane->delivered += (size_t)n;
	return IO_DONE;
}

static bool
straight_has_room(const struct lane *lane)
{
	return !lane->pipe.stuck;
}

/* What has not been moved is still the source's, and no longer wanted once the lane drains. */
static bool
straight_in_flight(const struct lane *lane)
{
	return lane->pipe.stuck && lane->state == LANE_OPEN;
}

/* Whose failure it was: reading from a pipe does not fail, and writing to one does with EPIPE. */
static enum io
straight_failed(struct lane *lane)
{
	const enum io outcome = io_failure();

	if (outcome != IO_FAILED)
		return outcome;
	if (lane->source->bare_in == BARE_PIPE || errno == EPIPE)
		lane_break_sink(lane);
	else
		lane_break_source(lane);
	return IO_FAILED;
}

static enum io
straight_move(struct lane *lane)
{
	const ssize_t n = splice(lane->source->in, lane->source->position, lane->sink->out, NULL,
	    AT_ONCE, SPLICE_F_NONBLOCK);

	if (n == 0 && lane->source->bare_in == BARE_PIPE)
		return IO_END;
	if (n == 0 || (n == -1 && refused()))
		return go_on_copying(lane);
	if (n == -1)
		return straight_failed(lane);
	lane->taken += (size_t)n;
	lane->delivered += (size_t)n;
	return IO_DONE;
}

static enum io
straight_fill(struct lane *lane)
{
	const enum io outcome = straight_move(lane);

	lane->pipe.stuck = outcome == IO_AGAIN && errno == EAGAIN;
	return outcome;
}

static enum io
straight_flush(struct lane *lane)
{
	enum io outcome;

	lane->pipe.stuck = false;
	outcome = straight_move(lane);
	/* Now the sink has room. */
	if (outcome == IO_AGAIN && errno == EAGAIN && hides_data(lane))
		return go_on_copying(lane);
	return outcome;
}

static const struct mover splice_mover = {
    .start = splice_start,
    .stop = splice_stop,
    .has_room = splice_has_room,
    .in_flight = splice_in_flight,
    .fill = splice_fill,
    .flush = splice_flush,
};

static const struct mover straight_mover = {
    .start = splice_start,
    .stop = splice_stop,
    .has_room = straight_has_room,
    .in_flight = straight_in_flight,
    .fill = straight_fill,
    .flush = straight_flush,
};

const struct mover *
splicing_mover(const struct end *source, const struct end *sink)
{
	if (source->bare_in == BARE_NOT || sink->bare_out == BARE_NOT)
		return NULL;
	if (source->bare_in == BARE_PIPE || sink->bare_out == BARE_PIPE)
		return &straight_mover;
	return &splice_mover;
}

#else

const struct mover *
splicing_mover(const struct end *source, const struct end *sink)
{
	(void)source;
	(void)sink;
	return NULL;
}

#endif
