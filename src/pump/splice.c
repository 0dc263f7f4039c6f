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
 * source is, it is taken to be the other one: the lane is stuck, and asks for its sink only. If it
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

struct splice {
	int in, out; /* a pipe, -1 if there is none */
	size_t held; /* bytes in it */
	bool stuck;  /* straight: nothing goes before the sink has room */
};

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

/* The pipe has all of it, so that reading does not wait. */
static bool
splice_surrender(struct lane *lane, struct iovec *rest)
{
	struct splice *s = lane->flight;
	ssize_t n;

	*rest = (struct iovec){0};
	if (s->held == 0)
		return true;
	*rest = (struct iovec){malloc(s->held), s->held};
	if (rest->iov_base == NULL)
		return false;
	while (s->held > 0) {
		n = read(s->in, (char *)rest->iov_base + (rest->iov_len - s->held), s->held);
		if (n <= 0) {
			free(rest->iov_base);
			return false;
		}
		s->held -= (size_t)n;
	}
	return true;
}

/* As long as something is in flight the source is not asked: it might answer with an error. */
static bool
splice_has_room(const struct lane *lane)
{
	return ((const struct splice *)lane->flight)->held == 0;
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
	n = splice(
	    lane->source->in, lane->source->position, s->out, NULL, AT_ONCE, SPLICE_F_NONBLOCK);
	if (n == 0 || (n == -1 && (refused() || hides_data(lane))))
		return MOVE_UNSPLICEABLE;
	if (n == -1)
		return move_source(io_failure(lane->source));
	s->held += (size_t)n;
	lane->taken += (size_t)n;
	return MOVE_DONE;
}

static enum move
splice_flush(struct lane *lane)
{
	struct splice *s = lane->flight;
	const ssize_t n = splice(s->in, NULL, lane->sink->out, NULL, s->held, SPLICE_F_NONBLOCK);

	if (n == 0 || (n == -1 && refused()))
		return MOVE_UNSPLICEABLE;
	if (n == -1)
		return move_sink(io_failure(lane->sink));
	s->held -= (size_t)n;
	lane_delivered(lane, NULL, (size_t)n);
	return MOVE_DONE;
}

static bool
straight_has_room(const struct lane *lane)
{
	return !((const struct splice *)lane->flight)->stuck;
}

/* What has not been moved is still the source's, and no longer wanted once the lane drains. */
static bool
straight_in_flight(const struct lane *lane)
{
	return !straight_has_room(lane) && lane->state == LANE_OPEN;
}

/* Whose failure it was: reading from a pipe does not fail, and writing to one does with EPIPE. */
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
	    AT_ONCE, SPLICE_F_NONBLOCK);

	if (n == 0 && lane->source->splice_in == SPLICEABLE_PIPE)
		return MOVE_END;
	if (n == 0 || (n == -1 && refused()))
		return MOVE_UNSPLICEABLE;
	if (n == -1)
		return straight_failed(lane);
	lane->taken += (size_t)n;
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
	/* Now the sink has room. */
	if (outcome == MOVE_AGAIN && errno == EAGAIN && hides_data(lane))
		return MOVE_UNSPLICEABLE;
	return outcome;
}

static const struct mover splice_mover = {
    .start = splice_start,
    .stop = splice_stop,
    .has_room = splice_has_room,
    .in_flight = splice_in_flight,
    .fill = splice_fill,
    .flush = splice_flush,
    .surrender = splice_surrender,
};

static const struct mover straight_mover = {
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
