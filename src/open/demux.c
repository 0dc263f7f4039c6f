#include "open/demux.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* The longest datagram, and the most bytes that wait for one session: one such at least. */
#define LONGEST LOCAL_MESSAGE_MAX
#define WAITING_MAX (LOCAL_MESSAGE_MAX + sizeof(struct queued))

/* How many datagrams are received before others have their turn. */
#define AT_ONCE 64

/* FNV-1a, <http://www.isthe.com/chongo/tech/comp/fnv/>. */
static size_t
bucket_of(const struct address *address)
{
	const unsigned char *bytes = (const unsigned char *)&address->to;
	uint32_t hash = UINT32_C(2166136261);

	for (socklen_t i = 0; i < address->len; i++)
		hash = (hash ^ bytes[i]) * UINT32_C(16777619);
	return hash % DEMUX_BUCKETS;
}

static struct flow *
find(const struct demux *demux, const struct address *address)
{
	struct flow *s;

	LIST_FOREACH(s, &demux->flows[bucket_of(address)], link)
		if (address_equal(&s->datagram.peer.address, address))
			return s;
	return NULL;
}

/* What a session has no room for is lost, as what finds no room in a socket is. */
static void
deliver(const struct demux *demux, struct flow *s, size_t len)
{
	struct queued *queued = NULL;

	if (s->waiting + len + sizeof(*queued) <= WAITING_MAX)
		queued = malloc(sizeof(*queued) + len);
	if (queued == NULL) {
		s->lost++;
		return;
	}
	queued->len = len;
	memcpy(queued->data, demux->space, len);
	s->waiting += len + sizeof(*queued);
	STAILQ_INSERT_TAIL(&s->queue, queued, link);
	end_changed(&s->datagram.end);
}

/* A session has moved: it is the last one to give way. */
static void
touch(struct flow *s)
{
	s->active_at = clock_now();
	TAILQ_REMOVE(&s->demux->by_age, s, by_age);
	TAILQ_INSERT_TAIL(&s->demux->by_age, s, by_age);
}

/* Hands the datagram in hand to its session, and begins one if need be. */
static void
hand_out(struct demux *demux)
{
	const struct peer *peer = &demux->held.peer;
	struct flow *s = find(demux, &peer->address);

	demux->held.again = 0;
	if (s == NULL)
		s = demux->arrived(demux->arg, demux->held.fd, peer, &demux->held.again);
	if (s == NULL)
		return;
	/* It may have asked at another address of ours, and is to be answered from there. */
	s->datagram.peer = *peer;
	touch(s);
	deliver(demux, s, demux->held.len);
}

/* Receives one datagram; false when there is none, or none can be had now. */
static bool
receive(struct demux *demux, size_t i)
{
	const int fd = demux->listener->fds[i], family = address_family(&demux->listener->bound[i]);
	const ssize_t n = peer_receive(fd, family, demux->space, LONGEST, 0, &demux->held.peer);

	if (n == -1)
		return errno != EAGAIN && errno != EWOULDBLOCK;
	demux->held.fd = fd;
	demux->held.len = (size_t)n;
	hand_out(demux);
	return demux->held.again == 0;
}

static size_t
demux_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct demux *demux = (const struct demux *)task;

	if (demux->held.again != 0) {
		*deadline = demux->held.again;
		return 0;
	}
	for (size_t i = 0; i < demux->listener->count && i < room; i++)
		fds[i] = (struct pollfd){.fd = demux->listener->fds[i], .events = POLLIN};
	return demux->listener->count;
}

static void
demux_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct demux *demux = (struct demux *)task;

	if (demux->held.again != 0)
		hand_out(demux);
	for (size_t i = 0; i < count; i++)
		for (int n = 0; fds[i].revents != 0 && n < AT_ONCE && demux->held.again == 0; n++)
			if (!receive(demux, i))
				break;
}

bool
demux_start(struct demux *demux, struct loop *loop, const struct listener *listener,
    demux_arrived arrived, void *arg, struct error *err)
{
	*demux = (struct demux){
	    .task = {.want = demux_want, .serve = demux_serve},
	    .loop = loop,
	    .listener = listener,
	    .space = malloc(LONGEST),
	    .arrived = arrived,
	    .arg = arg,
	};
	TAILQ_INIT(&demux->by_age);
	if (demux->space == NULL)
		return error_errno(err, FAULT_LOCAL, "memory");
	return loop_add(loop, &demux->task, err);
}

void
demux_stop(struct demux *demux)
{
	if (demux->loop != NULL)
		loop_remove(demux->loop, &demux->task);
	free(demux->space);
	demux->space = NULL;
}

void
demux_wake(struct demux *demux)
{
	if (demux->held.again == 0)
		return;
	demux->held.again = 1;
	loop_changed(&demux->task);
}

static bool
flow_ready(const struct end *end)
{
	return !STAILQ_EMPTY(&((const struct flow *)end)->queue);
}

static enum io
flow_receive(struct end *end, struct iovec *spaces, size_t count, size_t *got)
{
	struct flow *s = (struct flow *)end;
	struct queued *queued;

	for (*got = 0; *got < count && flow_ready(end); ++*got) {
		queued = STAILQ_FIRST(&s->queue);
		STAILQ_REMOVE_HEAD(&s->queue, link);
		spaces[*got].iov_len = queued->len;
		memcpy(spaces[*got].iov_base, queued->data, queued->len);
		s->waiting -= queued->len + sizeof(*queued);
		free(queued);
	}
	return *got > 0 ? IO_DONE : IO_AGAIN;
}

static enum io
flow_send(struct end *end, const struct iovec *messages, size_t count, size_t *put)
{
	const enum io outcome = datagram_send(end, messages, count, put);

	if (outcome == IO_DONE)
		touch((struct flow *)end);
	return outcome;
}

static void
flow_close(struct end *end, bool abandon)
{
	struct flow *s = (struct flow *)end;
	struct queued *queued, *next;

	(void)abandon;
	STAILQ_FOREACH_SAFE(queued, &s->queue, link, next)
		free(queued);
	STAILQ_INIT(&s->queue);
	LIST_REMOVE(s, link);
	TAILQ_REMOVE(&s->demux->by_age, s, by_age);
	s->demux->count--;
}

static uint64_t
flow_lost(const struct end *end)
{
	return ((const struct flow *)end)->lost;
}

static const struct end_ops flow_ops = {
    .receive = flow_receive,
    .ready = flow_ready,
    .send = flow_send,
    .lost = flow_lost,
    .close = flow_close,
};

void
flow_open(struct flow *s, struct demux *demux, int fd, const struct peer *peer, const char *name)
{
	datagram_open(&s->datagram, fd, false, peer, name);
	s->datagram.addressed = true;
	s->datagram.end.ops = &flow_ops;
	s->datagram.end.in = -1;
	if (address_family(&peer->address) == AF_UNIX)
		s->datagram.end.out = -1;
	STAILQ_INIT(&s->queue);
	s->demux = demux;
	s->waiting = 0;
	s->lost = 0;
	s->active_at = clock_now();
	TAILQ_INSERT_TAIL(&demux->by_age, s, by_age);
	demux->count++;
	LIST_INSERT_HEAD(&demux->flows[bucket_of(&peer->address)], s, link);
}
