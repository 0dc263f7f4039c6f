#include "open/demux.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* The longest datagram, and the most bytes queued for one flow: at least one datagram. */
#define LONGEST LOCAL_MESSAGE_MAX
#define WAITING_MAX (LOCAL_MESSAGE_MAX + sizeof(struct queued))

/* How many datagrams are received from a socket in one turn of the loop. */
#define AT_ONCE 64

static size_t
bucket_of(const struct address *address)
{
	return address_hash(address) % DEMUX_BUCKETS;
}

static struct flow *
flow_find(const struct demux *demux, const struct address *address)
{
	struct flow *flow;

	LIST_FOREACH(flow, &demux->flows[bucket_of(address)], link)
		if (address_equal(&flow->datagram.peer.address, address))
			return flow;
	return NULL;
}

/* Queues the datagram for its flow. Like a full socket, a full queue drops it. */
static void
flow_deliver(const struct demux *demux, struct flow *flow, size_t len)
{
	struct queued *queued = NULL;

	if (flow->waiting + len + sizeof(*queued) <= WAITING_MAX)
		queued = malloc(sizeof(*queued) + len);
	if (queued == NULL) {
		flow->lost++;
		return;
	}
	queued->len = len;
	memcpy(queued->data, demux->space, len);
	flow->waiting += len + sizeof(*queued);
	STAILQ_INSERT_TAIL(&flow->queue, queued, link);
	end_changed(&flow->datagram.end);
}

/* Marks a flow as the most recently active. */
static void
flow_touch(struct flow *flow)
{
	flow->active_at = clock_now();
	TAILQ_REMOVE(&flow->demux->by_age, flow, by_age);
	TAILQ_INSERT_TAIL(&flow->demux->by_age, flow, by_age);
}

/* Delivers the datagram that was received to the flow of its sender, which is opened if need be. */
static void
demux_deliver(struct demux *demux)
{
	const struct peer *peer = &demux->held.peer;
	struct flow *flow = flow_find(demux, &peer->address);

	demux->held.again = 0;
	if (flow == NULL)
		flow = demux->arrived(demux->arg, demux->held.fd, peer, &demux->held.again);
	if (flow == NULL)
		return;
	/* The sender may have used another of our addresses; replies must come from that one. */
	flow->datagram.peer = *peer;
	flow_touch(flow);
	flow_deliver(demux, flow, demux->held.len);
}

/* Receives one datagram; false if there is none, or it has to be held. */
static bool
demux_receive(struct demux *demux, size_t i)
{
	const int fd = demux->listener->fds[i], family = address_family(&demux->listener->bound[i]);
	const ssize_t n = peer_receive(fd, family, demux->space, LONGEST, 0, &demux->held.peer);

	if (n == -1)
		return errno != EAGAIN && errno != EWOULDBLOCK;
	demux->held.fd = fd;
	demux->held.len = (size_t)n;
	demux_deliver(demux);
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
		demux_deliver(demux);
	for (size_t i = 0; i < count; i++)
		for (int n = 0; fds[i].revents != 0 && n < AT_ONCE && demux->held.again == 0; n++)
			if (!demux_receive(demux, i))
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
	struct flow *flow = (struct flow *)end;
	struct queued *queued;

	for (*got = 0; *got < count && flow_ready(end); ++*got) {
		queued = STAILQ_FIRST(&flow->queue);
		STAILQ_REMOVE_HEAD(&flow->queue, link);
		spaces[*got].iov_len = queued->len;
		memcpy(spaces[*got].iov_base, queued->data, queued->len);
		flow->waiting -= queued->len + sizeof(*queued);
		free(queued);
	}
	return *got > 0 ? IO_DONE : IO_AGAIN;
}

static enum io
flow_send(struct end *end, const struct iovec *messages, size_t count, size_t *put)
{
	const enum io outcome = datagram_send(end, messages, count, put);

	if (outcome == IO_DONE)
		flow_touch((struct flow *)end);
	return outcome;
}

static void
flow_close(struct end *end, bool abandon)
{
	struct flow *flow = (struct flow *)end;
	struct queued *queued, *next;

	(void)abandon;
	STAILQ_FOREACH_SAFE(queued, &flow->queue, link, next)
		free(queued);
	STAILQ_INIT(&flow->queue);
	LIST_REMOVE(flow, link);
	TAILQ_REMOVE(&flow->demux->by_age, flow, by_age);
	flow->demux->count--;
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
flow_open(struct flow *flow, struct demux *demux, int fd, const struct peer *peer, const char *name)
{
	datagram_open(&flow->datagram, fd, false, peer, name);
	flow->datagram.addressed = true;
	flow->datagram.end.ops = &flow_ops;
	flow->datagram.end.in = -1;
	if (address_family(&peer->address) == AF_UNIX)
		flow->datagram.end.out = -1;
	STAILQ_INIT(&flow->queue);
	flow->demux = demux;
	flow->waiting = 0;
	flow->lost = 0;
	flow->active_at = clock_now();
	TAILQ_INSERT_TAIL(&demux->by_age, flow, by_age);
	demux->count++;
	LIST_INSERT_HEAD(&demux->flows[bucket_of(&peer->address)], flow, link);
}
