#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/descriptor.h"
#include "pump/lane.h"

/*
 * Theory of operation. splice(2) moves bytes between a pipe and any other descriptor inside the
 * kernel. If one of the ends is a pipe, the straight mover splices from end to end and has nothing
 * in flight. Otherwise the splicing mover uses a pipe of its own; the bytes in it are in flight.
 *
 * EAGAIN does not say which side was not ready. Since poll(2) has just reported the source ready,
 * the straight mover takes it to be the sink (stuck), and polls only for that. If it was the source
 * after all, the next attempt shows it.
 *
 * A kernel that cannot splice a descriptor (some devices) fails before it has moved anything. The
 * lane then changes to copying, beginning with what is in its pipe.
 *
 * From a TCP socket Linux splices up to urgent data (tcp(7), SO_OOBINLINE), and then reports EAGAIN
 * or the end, while recv(2) would go on after it. So at an apparent end, or at EAGAIN although
 * recv(2) sees data, the lane changes to copying, which finds out.
 */

#if defined(SPLICE_F_NONBLOCK) && !defined(PORTABLE)

/* The most bytes that one call moves. */
#define AT_ONCE ((size_t)1 << 20)

struct splice {
	int in, out;    /* a pipe, -1 if there is none */
	size_t in_pipe; /* bytes */
	bool stuck;     /* straight mover: waiting for room in the sink */
};

/* Whether errno says that splice(2) does not support these descriptors; else one has failed. */
static bool
is_unspliceable(void)
{
	return errno == EINVAL || errno == EBADF || errno == ENOSYS || errno == EOPNOTSUPP ||
	       errno == EPERM || errno == EACCES;
}

/*
 * Whether the source is a socket with data to read, although splice(2) has failed with EAGAIN.
 * Keeps errno.
 */
static bool
hides_data(const struct lane *lane)
{
	const int number = errno;
	bool hides = false;
	char byte;

	if (lane->source->splice_in == SPLICEABLE_OTHER)
		hides = recv(lane->source->in, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
	errno = number;
	return hides;
}

static void *
splice_start(const struct lane *lane)
{
	struct splice *s = malloc(sizeof(*s));

	(void)lane;
	if (s != NULL)
		*s = (struct splice){.in = -1, .out = -1};
	return s;
}

static void
splice_stop(void *flight)
{
	struct splice *s = flight;

	(void)descriptor_close(s->in);
	(void)descriptor_close(s->out);
	free(s);
}

/* All of it is in the pipe, so read(2) does not block. */
static bool
splice_surrender(struct lane *lane, struct iovec *rest)
{
	struct splice *s = lane->flight;
	ssize_t n;

	*rest = (struct iovec){0};
	if (s->in_pipe == 0)
		return true;
	*rest = (struct iovec){malloc(s->in_pipe), s->in_pipe};
	if (rest->iov_base == NULL)
		return false;
	while (s->in_pipe > 0) {
		n = read(s->in, (char *)rest->iov_base + (rest->iov_len - s->in_pipe), s->in_pipe);
		if (n <= 0) {
			free(rest->iov_base);
			return false;
		}
		s->in_pipe -= (size_t)n;
	}
	return true;
}

/* While bytes are in flight the source is not read: an error there must come after them. */
static bool
splice_has_room(const struct lane *lane)
{
	return ((const struct splice *)lane->flight)->in_pipe == 0;
}

static bool
splice_in_flight(const struct lane *lane)
{
	return !splice_has_room(lane);
}

static bool
has_pipe(struct splice *s)
{
	int fds[2];

	if (s->in != -1)
		return true;
	if (descriptor_pipe(fds) == -1)
		return false;
	s->in = fds[0];
	s->out = fds[1];
	descriptor_widen(fds[0]);
	return true;
}

static enum move
splice_fill(struct lane *lane)
{
	struct splice *s = lane->flight;
	ssize_t n;

	if (!has_pipe(s))
		return MOVE_UNSPLICEABLE;
	n = splice(lane->source->in, lane->source->position, s->out, NULL,
	    lane_allowed(lane, AT_ONCE), SPLICE_F_NONBLOCK);
	if (n == 0 || (n == -1 && (is_unspliceable() || hides_data(lane))))
		return MOVE_UNSPLICEABLE;
	if (n == -1)
		return move_source(io_failure(lane->source));
	s->in_pipe += (size_t)n;
	lane_taken(lane, NULL, (size_t)n);
	return MOVE_DONE;
}

static enum move
splice_flush(struct lane *lane)
{
	struct splice *s = lane->flight;
	const ssize_t n = splice(s->in, NULL, lane->sink->out, NULL, s->in_pipe, SPLICE_F_NONBLOCK);

	if (n == 0 || (n == -1 && is_unspliceable()))
		return MOVE_UNSPLICEABLE;
	if (n == -1)
		return move_sink(io_failure(lane->sink));
	s->in_pipe -= (size_t)n;
	lane_delivered(lane, NULL, (size_t)n);
	return MOVE_DONE;
}

static bool
straight_has_room(const struct lane *lane)
{
	return !((const struct splice *)lane->flight)->stuck;
}

/* Nothing is ever in flight; but while stuck, the sink must be polled, unless the lane drains. */
static bool
straight_in_flight(const struct lane *lane)
{
	return !straight_has_room(lane) && lane->state == LANE_OPEN;
}

/* Which end has failed: reading from a pipe never fails, and writing to one fails with EPIPE. */
static enum move
straight_failed(struct lane *lane)
{
	if (lane->source->splice_in == SPLICEABLE_PIPE || errno == EPIPE)
		return move_sink(io_failure(lane->sink));
	return move_source(io_failure(lane->source));
}

static enum move
straight_move(struct lane *lane)
{
	const ssize_t n = splice(lane->source->in, lane->source->position, lane->sink->out, NULL,
	    lane_allowed(lane, AT_ONCE), SPLICE_F_NONBLOCK);

	if (n == 0 && lane->source->splice_in == SPLICEABLE_PIPE)
		return MOVE_END;
	if (n == 0 || (n == -1 && is_unspliceable()))
		return MOVE_UNSPLICEABLE;
	if (n == -1)
		return straight_failed(lane);
	lane_taken(lane, NULL, (size_t)n);
	lane_delivered(lane, NULL, (size_t)n);
	return MOVE_DONE;
}

static enum move
straight_fill(struct lane *lane)
{
	struct splice *s = lane->flight;
	const enum move outcome = straight_move(lane);

	s->stuck = outcome == MOVE_AGAIN && errno == EAGAIN;
	return outcome;
}

static enum move
straight_flush(struct lane *lane)
{
	struct splice *s = lane->flight;
	const enum move outcome = straight_move(lane);

	s->stuck = false;
	/* The sink has room, so it was the source: it may have urgent data. */
	if (outcome == MOVE_AGAIN && errno == EAGAIN && hides_data(lane))
		return MOVE_UNSPLICEABLE;
	return outcome;
}

static const struct mover splice_mover = {
    .name = "splice (through a pipe)",
    .start = splice_start,
    .stop = splice_stop,
    .has_room = splice_has_room,
    .in_flight = splice_in_flight,
    .fill = splice_fill,
    .flush = splice_flush,
    .surrender = splice_surrender,
};

static const struct mover straight_mover = {
    .name = "splice (from end to end)",
    .start = splice_start,
    .stop = splice_stop,
    .has_room = straight_has_room,
    .in_flight = straight_in_flight,
    .fill = straight_fill,
    .flush = straight_flush,
    .surrender = splice_surrender,
};

const struct mover *
splicing_mover(const struct end *source, const struct end *sink)
{
	const enum spliceable in = end_splice_in(source), out = end_splice_out(sink);

	if (in == SPLICEABLE_NOT || out == SPLICEABLE_NOT)
		return NULL;
	return in == SPLICEABLE_PIPE || out == SPLICEABLE_PIPE ? &straight_mover : &splice_mover;
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
