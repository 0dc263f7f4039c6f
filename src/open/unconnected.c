#include "open/unconnected.h"

#include <errno.h>

#include "base/clock.h"

/* How long a message waits for a unix peer whose queue is full. Then it is dropped. */
#define SEND_WAIT (250 * CLOCK_MS)

/*
 * An end has only one descriptor to poll for reading, so the sockets are polled by a task of this
 * file. A socket that is ready is not polled again before it has been read.
 */

static struct unconnected *
unconnected_of(struct task *task)
{
	return (struct unconnected *)(void *)((char *)task - offsetof(struct unconnected, task));
}

static size_t
unconnected_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct unconnected *c = unconnected_of(task);

	(void)deadline;
	for (size_t i = 0; i < c->count && i < room; i++)
		fds[i] =
		    (struct pollfd){.fd = c->ready[i] ? -1 : c->sockets[i].fd, .events = POLLIN};
	return c->count;
}

static void
unconnected_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct unconnected *c = unconnected_of(task);

	for (size_t i = 0; i < count; i++)
		if (fds[i].revents != 0)
			c->ready[i] = true;
	end_changed(&c->end);
}

static bool
unconnected_ready(const struct end *end)
{
	const struct unconnected *c = (const struct unconnected *)end;

	for (size_t i = 0; i < c->count; i++)
		if (c->ready[i])
			return true;
	return false;
}

/*
 * Makes the last sender the peer that is answered. For unix sockets poll(2) is of no use: it
 * reports only room in our own send buffer, which other peers may fill.
 */
static void
answer_last(struct unconnected *c)
{
	const struct datagram *socket = &c->sockets[c->last];

	c->end.out = address_family(&socket->peer.address) == AF_UNIX ? -1 : socket->fd;
	c->give_up_at = 0;
}

/* Receives from the sockets in turn. */
static enum io
unconnected_receive(struct end *end, struct iovec *spaces, size_t count, size_t *got)
{
	struct unconnected *c = (struct unconnected *)end;
	enum io outcome = IO_AGAIN;

	for (size_t n = 1; n <= c->count && outcome != IO_DONE; n++) {
		const size_t i = (c->last + n) % c->count;
		struct end *socket = &c->sockets[i].end;

		if (!c->ready[i])
			continue;
		socket->singly = end->singly;
		outcome = socket->ops->receive(socket, spaces, count, got);
		if (outcome != IO_DONE) {
			c->ready[i] = false;
			loop_changed(&c->task);
		} else {
			c->last = i;
		}
		/* An error of one socket does not concern the others. */
		socket->pending = 0;
	}
	if (outcome == IO_DONE)
		answer_last(c);
	return outcome == IO_DONE ? IO_DONE : IO_AGAIN;
}

/*
 * poll(2) does not report when the queue of a unix peer has room. A message waits for a limited
 * time; then it is dropped, so that other peers can be answered.
 */
static enum io
unconnected_send(struct end *end, const struct iovec *messages, size_t count, size_t *put)
{
	struct unconnected *c = (struct unconnected *)end;
	struct datagram *socket = &c->sockets[c->last];
	const enum io outcome = socket->end.ops->send(&socket->end, messages, count, put);

	if (outcome == IO_AGAIN && address_family(&socket->peer.address) == AF_UNIX) {
		if (c->give_up_at == 0)
			c->give_up_at = clock_after(clock_now(), SEND_WAIT);
		if (clock_now() < c->give_up_at)
			return IO_BUSY;
	} else if (outcome != IO_FAILED || socket->end.error.number == EMSGSIZE) {
		c->give_up_at = 0;
		end->error = socket->end.error;
		return outcome;
	}
	*put = 1;
	return IO_DONE;
}

static void
unconnected_close(struct end *end, bool abandon)
{
	struct unconnected *c = (struct unconnected *)end;

	(void)abandon;
	loop_remove(c->loop, &c->task);
	c->count = 0;
}

static uint64_t
unconnected_lost(const struct end *end)
{
	const struct unconnected *c = (const struct unconnected *)end;
	uint64_t sum = 0;

	for (size_t i = 0; i < c->count; i++)
		sum += c->sockets[i].end.ops->lost(&c->sockets[i].end);
	return sum;
}

static const struct peer *
unconnected_peer(const struct end *end, bool received, int *fd)
{
	const struct unconnected *c = (const struct unconnected *)end;
	const struct end *socket = &c->sockets[c->last].end;

	return socket->ops->peer(socket, received, fd);
}

static const struct end_ops unconnected_ops = {
    .receive = unconnected_receive,
    .ready = unconnected_ready,
    .lost = unconnected_lost,
    .peer = unconnected_peer,
    .send = unconnected_send,
    .close = unconnected_close,
};

static size_t
shorter(size_t a, size_t b)
{
	return a == 0 || (b > 0 && b < a) ? b : a;
}

/* peer: answered on this socket until another one has sent something. */
static void
add_socket(struct unconnected *c, int fd, const struct peer *peer,
    bool (*admit)(void *, const struct peer *), void *arg, const char *name)
{
	struct datagram *socket = &c->sockets[c->count];
	struct end *end = &c->end;

	datagram_open(socket, fd, false, peer, name);
	socket->addressed = true;
	socket->admit = admit;
	socket->arg = arg;
	c->ready[c->count++] = true;
	end->send_max = shorter(end->send_max, socket->end.send_max);
	end->receive_max = socket->end.receive_max;
}

bool
unconnected_open(struct unconnected *c, struct loop *loop, const struct listener *listener, int fd,
    const struct peer *first, bool (*admit)(void *, const struct peer *), void *arg,
    const char *name, struct error *err)
{
	*c = (struct unconnected){
	    .end = {.ops = &unconnected_ops,
		.in = -1,
		.messages_in = true,
		.messages_out = true,
		.nonblocking = true,
		.fault = FAULT_PEER,
		.in_name = name,
		.out_name = name},
	    .task = {.want = unconnected_want, .serve = unconnected_serve},
	    .loop = loop,
	};
	for (size_t i = 0; i < listener->count; i++) {
		const struct peer nobody = {.address = listener->bound[i]};
		const bool heard = listener->fds[i] == fd;

		if (heard)
			c->last = i;
		add_socket(c, listener->fds[i], heard ? first : &nobody, admit, arg, name);
	}
	answer_last(c);
	return loop_add(loop, &c->task, err);
}
