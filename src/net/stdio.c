#include "net/stdio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/address.h"
#include "net/datagram.h"
#include "net/descriptor.h"
#include "net/shared.h"

/*
 * Theory of operation. net/given.c reads standard input and writes standard output without blocking
 * the other direction.
 *
 * A regular file is never spliced to: others may write to the same description, and splice(2),
 * unlike write(2), moves its offset without a lock, so that they would overwrite each other.
 */

/* The size of large writes to a file. Measured: larger is faster up to here. */
#define FILE_PIECE ((size_t)2 << 20)

static enum io stdio_read(struct end *, void *buf, size_t size, size_t *got);

static bool
stdio_ready(const struct end *end)
{
	const struct stdio *s = (const struct stdio *)end;

	if (s->fanout != NULL)
		return s->fanout->ended || !fanout_empty(s->fanout, &s->reader);
	return end->in == -1 || s->packet.start < s->packet.end;
}

/* The size of the largest packet of a pipe. */
static size_t
packet_max(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/*
 * If a pipe holds packets (pipe(2) O_DIRECT, a flag that only the writing end shows), the part of a
 * packet that does not fit a read is lost. So instead of a small read this reads a whole packet and
 * keeps the rest for the next reads. The pipe may hold a byte stream as well: the amount read is a
 * multiple of size, so that the pieces returned are those that small reads would have returned.
 */
static enum io
read_packet(struct stdio *s, char *buf, size_t size, size_t *got)
{
	const size_t room = 2 * packet_max();
	enum io outcome;

	if (s->packet.data == NULL && (s->packet.data = malloc(room)) == NULL)
		return io_failed(&s->end, errno);
	if (s->packet.start == s->packet.end) {
		outcome = stdio_read(&s->end, s->packet.data, room - room % size, &s->packet.end);
		s->packet.start = 0;
		if (outcome != IO_DONE) {
			s->packet.end = 0;
			return outcome;
		}
	}
	*got = s->packet.end - s->packet.start;
	*got = *got < size ? *got : size;
	memcpy(buf, s->packet.data + s->packet.start, *got);
	s->packet.start += *got;
	return IO_DONE;
}

static enum io
stdio_read(struct end *end, void *buf, size_t size, size_t *got)
{
	struct stdio *s = (struct stdio *)end;
	ssize_t n;

	if (s->rules.no_input)
		return IO_END;
	if (s->fanout != NULL)
		return shared_read(s, buf, size, got);
	if (s->packets_in && size < packet_max())
		return read_packet(s, buf, size, got);
	if (end->position != NULL) {
		n = pread(end->in, buf, size, *end->position);
		if (n > 0)
			*end->position += n;
	} else {
		n = given_read(&s->in, buf, size);
	}
	if (n == -1)
		return io_failure(end);
	if (n > 0)
		s->mid_line = ((const char *)buf)[n - 1] != '\n';
	*got = (size_t)n;
	return n == 0 ? IO_END : IO_DONE;
}

static enum io
stdio_receive(struct end *end, struct iovec *spaces, size_t count, size_t *got)
{
	struct stdio *s = (struct stdio *)end;
	struct msghdr message = {.msg_iov = spaces, .msg_iovlen = 1};
	ssize_t n;

	(void)count;
	if (s->rules.no_input)
		return IO_END;
	if (s->fanout != NULL)
		return shared_receive(s, spaces, got);
	n = recvmsg(end->in, &message, MSG_DONTWAIT);
	if (n == -1)
		return io_failure(end);
	if (message.msg_flags & MSG_TRUNC)
		return io_failed(end, EMSGSIZE);
	if (n == 0 && message_was_end(end->in, end->rdhup))
		return IO_END;
	spaces->iov_len = (size_t)n;
	*got = 1;
	return IO_DONE;
}

/* Writes what can be written without blocking. -1 with errno. */
static ssize_t
write_out(struct stdio *s, const struct iovec *parts, size_t count)
{
	ssize_t n;

	/* A guarded try may take a millisecond: one per turn for all conversations. */
	if (s->out.guarded && s->shared != NULL && s->shared->write_turn == s->loop->turns) {
		errno = EAGAIN;
		return -1;
	}
	if (s->shared != NULL)
		s->shared->write_turn = s->loop->turns;
	if (s->rules.screen != NULL)
		s->rules.screen->before(s->rules.screen);
	n = given_write(&s->out, parts, count);
	if (n > 0 && s->rules.screen != NULL)
		s->rules.screen->after(s->rules.screen, end_last(parts, (size_t)n));
	s->end.nonblocking = !s->out.guarded;
	return n;
}

static enum io
write_parts(struct stdio *s, const struct iovec *parts, size_t count, size_t *put)
{
	const ssize_t n = write_out(s, parts, s->packets_out ? 1 : count);

	if (n == -1)
		return io_failure(&s->end);
	*put = (size_t)n;
	return IO_DONE;
}

static enum io
stdio_write(struct end *end, const struct iovec *parts, size_t count, size_t *put)
{
	struct stdio *s = (struct stdio *)end;

	*put = end_length(parts, count);
	if (s->rules.no_output)
		return IO_DONE;
	if (s->shared != NULL && end->framing == FRAMING_LINES)
		return shared_write_lines(s, write_parts, parts, count, put);
	return write_parts(s, parts, count, put);
}

static enum io
stdio_send(struct end *end, const struct iovec *messages, size_t count, size_t *put)
{
	struct stdio *s = (struct stdio *)end;

	*put = count;
	if (s->rules.no_output)
		return IO_DONE;
	*put = 1;
	return write_out(s, messages, 1) == -1 ? io_failure(end) : IO_DONE;
}

/* Closes standard output, so that the next command in the pipeline reads the end. */
static enum io
stdio_finish(struct end *end)
{
	struct stdio *s = (struct stdio *)end;

	end->out = -1;
	given_close(&s->out);
	if (s->rules.no_output || s->rules.keep)
		return IO_DONE;
	if (s->one_socket)
		shutdown(STDOUT_FILENO, SHUT_WR);
	if (descriptor_retire(STDOUT_FILENO) == -1 && errno != EINTR)
		return io_failed(end, errno);
	return IO_DONE;
}

static bool
stdio_output_failed(struct end *end)
{
	(void)io_failed(end, EPIPE);
	return ((const struct stdio *)end)->kind.output_has_reader;
}

static bool
stdio_doubt(struct end *end, bool doubtful)
{
	struct stdio *s = (struct stdio *)end;

	if (s->fanout != NULL)
		fanout_doubt(s->fanout, &s->reader, doubtful);
	return s->fanout != NULL;
}

static void
stdio_close(struct end *end, bool abandon)
{
	struct stdio *s = (struct stdio *)end;

	(void)abandon;
	given_close(&s->in);
	given_close(&s->out);
	end->in = end->out = -1;
	free(s->packet.data);
	s->packet.data = NULL;
	if (s->fanout != NULL)
		fanout_leave(s->fanout, &s->reader);
	s->fanout = NULL;
	if (s->shared != NULL && s->shared->writer == s)
		s->shared->writer = NULL;
}

static const struct end_ops stdio_ops = {
    .read = stdio_read,
    .ready = stdio_ready,
    .write = stdio_write,
    .receive = stdio_receive,
    .send = stdio_send,
    .finish = stdio_finish,
    .failed = stdio_output_failed,
    .doubt = stdio_doubt,
    .close = stdio_close,
};

/* Sets whether a socket has message boundaries, and the longest message that can be sent. */
static bool
keeps_messages(bool *messages, size_t *max, int fd)
{
	int type = SOCK_STREAM;
	socklen_t len = sizeof(type);
	struct address here = {.len = sizeof(here.to)};

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == -1 ||
	    getsockname(fd, &here.to.any, &here.len) == -1)
		return false;
	*max = type == SOCK_STREAM ? 0 : message_longest(fd, address_family(&here));
	*messages = type != SOCK_STREAM;
	return true;
}

/* splice(2) from an empty terminal blocks. */
static enum spliceable
spliceable_input(const struct stdio *s, const struct stat *st)
{
	if (s->kind.input_terminal || s->kind.input_null)
		return SPLICEABLE_NOT;
	return S_ISFIFO(st->st_mode) ? SPLICEABLE_PIPE : SPLICEABLE_OTHER;
}

static void
classify(struct stdio_kind *kind, const struct stat *in, const struct stat *out)
{
	kind->input_null = given_is_null(in);
	kind->input_file = S_ISREG(in->st_mode);
	kind->input_terminal = S_ISCHR(in->st_mode) && isatty(STDIN_FILENO);
	kind->input_pipe = S_ISFIFO(in->st_mode) || S_ISSOCK(in->st_mode);
	kind->output_pipe = S_ISFIFO(out->st_mode) || S_ISSOCK(out->st_mode);
	kind->output_has_reader = given_has_reader(STDOUT_FILENO, out);
}

static bool
stat_both(struct stat *in, struct stat *out, struct error *err)
{
	if (fstat(STDIN_FILENO, in) == -1)
		return error_errno(err, FAULT_STANDARD, "standard input");
	if (fstat(STDOUT_FILENO, out) == -1)
		return error_errno(err, FAULT_STANDARD, "standard output");
	return true;
}

static bool
open_input(struct stdio *s, const struct stat *st)
{
	struct end *end = &s->end;
	size_t max;

	s->input_is_socket = S_ISSOCK(st->st_mode);
	s->packets_in = S_ISFIFO(st->st_mode);
	given_open(&s->in, STDIN_FILENO, st->st_mode, O_RDONLY);
	end->in = s->in.fd;
	end->splice_in = spliceable_input(s, st);
	end->regular_file = s->kind.input_file;
	end->receive_max = LOCAL_MESSAGE_MAX;
	return !s->input_is_socket || keeps_messages(&end->messages_in, &max, STDIN_FILENO);
}

static bool
open_output(struct stdio *s, const struct stat *st)
{
	struct end *end = &s->end;

	given_open(&s->out, STDOUT_FILENO, st->st_mode, O_WRONLY);
	end->out = s->out.fd;
	end->nonblocking = !s->out.guarded;
	if (S_ISSOCK(st->st_mode)) {
		s->output_is_socket = true;
		return keeps_messages(&end->messages_out, &end->send_max, STDOUT_FILENO);
	} else if (S_ISFIFO(st->st_mode)) {
		s->packets_out = given_keeps_packets(STDOUT_FILENO);
		end->splice_out = SPLICEABLE_PIPE;
	} else if (S_ISREG(st->st_mode)) {
		end->piece = FILE_PIECE;
	} else if (!isatty(STDOUT_FILENO)) {
		end->splice_out = SPLICEABLE_OTHER;
	}
	return true;
}

bool
stdio_open(struct stdio *s, const struct stdio_rules *rules, struct error *err)
{
	struct stat in, out;

	*s = (struct stdio){
	    .end = {.ops = &stdio_ops,
		.in = -1,
		.out = -1,
		.fault = FAULT_STANDARD,
		.in_name = "standard input",
		.out_name = "standard output"},
	    .rules = *rules,
	    .in.own = -1,
	    .out.own = -1,
	};
	if (!stat_both(&in, &out, err))
		return false;
	classify(&s->kind, &in, &out);
	if (!open_input(s, &in))
		return error_errno(err, FAULT_STANDARD, "standard input");
	if (!open_output(s, &out))
		return error_errno(err, FAULT_STANDARD, "standard output");
	s->one_socket = s->input_is_socket && s->output_is_socket && in.st_dev == out.st_dev &&
			in.st_ino == out.st_ino;
	if (rules->no_input)
		s->end.in = -1;
	if (rules->no_output)
		s->end.out = -1;
	return true;
}
