#include "net/crowd.h"

#include <errno.h>

#include "base/clock.h"

/* How long somebody who takes nothing is waited for. */
#define PATIENCE (250 * CLOCK_MS)

/*
 * The sockets are the crowd's own to poll, since an end has one descriptor to poll for reading: one
 * that has something to be read is not asked again before that has been read.
 */

static struct crowd *
crowd_of(struct task *task)
{
	return (struct crowd *)(void *)((char *)task - offsetof(struct crowd, task));
}

static size_t
crowd_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct crowd *c = crowd_of(task);

	(void)deadline;
	for (size_t i = 0; i < c->count && i < room; i++)
		fds[i] =
		    (struct pollfd){.fd = c->ready[i] ? -1 : c->sockets[i].fd, .events = POLLIN};
	return c->count;
}

static void
crowd_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct crowd *c = crowd_of(task);

	for (size_t i = 0; i < count; i++)
		if (fds[i].revents != 0)
			c->ready[i] = true;
}

static bool
crowd_empty(const struct end *end)
{
	const struct crowd *c = (const struct crowd *)end;

	for (size_t i = 0; i < c->count; i++)
		if (c->ready[i])
			return false;
	return true;
}

/*
 * Who was heard last is answered. Of unix sockets poll(2) would tell whether there is room in our
 * own send buffer, which others may have filled.
 */
static void
answer_last(struct crowd *c)
{
	const struct datagram *socket = &c->sockets[c->last];

	c->end.out = address_family(&socket->peer.address) == AF_UNIX ? -1 : socket->fd;
	c->patience = 0;
}

/* The sockets take turns. */
static enum io
crowd_receive(struct end *end, struct iovec *spaces, size_t count, size_t *got)
{
	struct crowd *c = (struct crowd *)end;
	enum io outcome = IO_AGAIN;

	for (size_t n = 1; n <= c->count && outcome != IO_DONE; n++) {
		const size_t i = (c->last + n) % c->count;
		struct end *socket = &c->sockets[i].end;

		if (!c->ready[i])
			continue;
		outcome = socket->ops->receive(socket, spaces, count, got);
		if (outcome != IO_DONE)
			c->ready[i] = false;
		else
			c->last = i;
		/* What befell one of them is nobody else's loss. */
		socket->error = 0;
	}
	if (outcome == IO_DONE)
		answer_last(c);
	return outcome == IO_DONE ? IO_DONE : IO_AGAIN;
}

/*
 * poll(2) does not tell when another unix socket has room. One that has none for some time is not
 * waited for: others have to be answered, too.
 */
static enum io
crowd_send(struct end *end, const struct iovec *messages, size_t count, size_t *put)
{
	struct crowd *c = (struct crowd *)end;
	struct datagram *socket = &c->sockets[c->last];
	const enum io outcome = socket->end.ops->send(&socket->end, messages, count, put);

	if (outcome == IO_AGAIN && address_family(&socket->peer.address) == AF_UNIX) {
		if (c->patience == 0)
			c->patience = clock_after(clock_now(), PATIENCE);
		if (clock_now() < c->patience)
			return IO_BUSY;
	} else if (outcome != IO_FAILED || errno == EMSGSIZE) {
		c->patience = 0;
		return outcome;
	}
	*put = 1;
	return IO_DONE;
}

static void
crowd_close(struct end *end, bool abandon)
{
	struct crowd *c = (struct crowd *)end;

	(void)abandon;
	loop_remove(c->loop, &c->task);
	c->count = 0;
}

static uint64_t
crowd_lost(const struct end *end)
{
	const struct crowd *c = (const struct crowd *)end;
	uint64_t sum = 0;

	for (size_t i = 0; i < c->count; i++)
		sum += c->sockets[i].end.ops->lost(&c->sockets[i].end);
	return sum;
}

static const struct end_ops crowd_ops = {
    .receive = crowd_receive,
    .empty = crowd_empty,
    .lost = crowd_lost,
    .send = crowd_send,
    .finish = end_finish_nothing,
    .settle = end_settle_nothing,
    .failed = end_fail_never,
    .deserted = end_fail_never,
    .probe = end_probe_nothing,
    .low_water = end_low_water_never,
    .close = crowd_close,
};

static size_t
shorter(size_t a, size_t b)
{
	return a == 0 || (b > 0 && b < a) ? b : a;
}

/* peer: who is answered by it as long as nobody else is heard on it. */
static void
add_socket(struct crowd *c, int fd, const struct peer *peer,
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
crowd_open(struct crowd *c, struct loop *loop, const struct listener *listener, int fd,
    const struct peer *first, bool (*admit)(void *, const struct peer *), void *arg,
    const char *name, struct error *err)
{
	*c = (struct crowd){
	    .end = {.ops = &crowd_ops,
		.in = -1,
		.messages_in = true,
		.messages_out = true,
		.eager = true,
		.fault = FAULT_PEER,
		.in_name = name,
		.out_name = name},
	    .task = {.want = crowd_want, .serve = crowd_serve},
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
