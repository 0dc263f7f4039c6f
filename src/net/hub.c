#include "net/hub.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* The longest datagram, and the most bytes that wait for one session: one such at least. */
#define LONGEST LOCAL_MESSAGE_MAX
#define WAITING_MAX (LOCAL_MESSAGE_MAX + sizeof(struct parcel))

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
	return hash % HUB_BUCKETS;
}

static struct session *
find(const struct hub *hub, const struct address *address)
{
	struct session *s;

	LIST_FOREACH(s, &hub->sessions[bucket_of(address)], link)
		if (address_equal(&s->datagram.peer.address, address))
			return s;
	return NULL;
}

/* What a session has no room for is lost, as what finds no room in a socket is. */
static void
deliver(const struct hub *hub, struct session *s, size_t len)
{
	struct parcel *parcel = NULL;

	if (s->waiting + len + sizeof(*parcel) <= WAITING_MAX)
		parcel = malloc(sizeof(*parcel) + len);
	if (parcel == NULL) {
		s->lost++;
		return;
	}
	parcel->len = len;
	memcpy(parcel->data, hub->space, len);
	s->waiting += len + sizeof(*parcel);
	STAILQ_INSERT_TAIL(&s->parcels, parcel, link);
}

/* A session has moved: it is the last one to give way. */
static void
touch(struct session *s)
{
	s->active_at = clock_now();
	TAILQ_REMOVE(&s->hub->by_age, s, by_age);
	TAILQ_INSERT_TAIL(&s->hub->by_age, s, by_age);
}

/* Hands the datagram in hand to its session, and begins one if need be. */
static void
hand_out(struct hub *hub)
{
	const struct peer *peer = &hub->held.peer;
	struct session *s = find(hub, &peer->address);

	hub->held.again = 0;
	if (s == NULL)
		s = hub->arrived(hub->arg, hub->held.fd, peer, &hub->held.again);
	if (s == NULL)
		return;
	/* It may have asked at another address of ours, and is to be answered from there. */
	s->datagram.peer = *peer;
	touch(s);
	deliver(hub, s, hub->held.len);
}

/* Receives one datagram; false when there is none, or none can be had now. */
static bool
receive(struct hub *hub, size_t i)
{
	const int fd = hub->listener->fds[i], family = address_family(&hub->listener->bound[i]);
	const ssize_t n = peer_receive(fd, family, hub->space, LONGEST, 0, &hub->held.peer);

	if (n == -1)
		return errno != EAGAIN && errno != EWOULDBLOCK;
	hub->held.fd = fd;
	hub->held.len = (size_t)n;
	hand_out(hub);
	return hub->held.again == 0;
}

static size_t
hub_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct hub *hub = (const struct hub *)task;

	if (hub->held.again != 0) {
		*deadline = hub->held.again;
		return 0;
	}
	for (size_t i = 0; i < hub->listener->count && i < room; i++)
		fds[i] = (struct pollfd){.fd = hub->listener->fds[i], .events = POLLIN};
	return hub->listener->count;
}

static void
hub_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct hub *hub = (struct hub *)task;

	if (hub->held.again != 0)
		hand_out(hub);
	for (size_t i = 0; i < count; i++)
		for (int n = 0; fds[i].revents != 0 && n < AT_ONCE && hub->held.again == 0; n++)
			if (!receive(hub, i))
				break;
}

bool
hub_start(struct hub *hub, struct loop *loop, const struct listener *listener, hub_arrived arrived,
    void *arg, struct error *err)
{
	*hub = (struct hub){
	    .task = {.want = hub_want, .serve = hub_serve},
	    .loop = loop,
	    .listener = listener,
	    .space = malloc(LONGEST),
	    .arrived = arrived,
	    .arg = arg,
	};
	TAILQ_INIT(&hub->by_age);
	if (hub->space == NULL)
		return error_errno(err, FAULT_LOCAL, "memory");
	return loop_add(loop, &hub->task, err);
}

void
hub_stop(struct hub *hub)
{
	if (hub->loop != NULL)
		loop_remove(hub->loop, &hub->task);
	free(hub->space);
	hub->space = NULL;
}

void
hub_wake(struct hub *hub)
{
	if (hub->held.again != 0)
		hub->held.again = 1;
}

static bool
session_empty(const struct end *end)
{
	return STAILQ_EMPTY(&((const struct session *)end)->parcels);
}

static enum io
session_receive(struct end *end, struct iovec *spaces, size_t count, size_t *got)
{
	struct session *s = (struct session *)end;
	struct parcel *parcel;

	for (*got = 0; *got < count && !session_empty(end); ++*got) {
		parcel = STAILQ_FIRST(&s->parcels);
		STAILQ_REMOVE_HEAD(&s->parcels, link);
		spaces[*got].iov_len = parcel->len;
		memcpy(spaces[*got].iov_base, parcel->data, parcel->len);
		s->waiting -= parcel->len + sizeof(*parcel);
		free(parcel);
	}
	return *got > 0 ? IO_DONE : IO_AGAIN;
}

static enum io
session_send(struct end *end, const struct iovec *messages, size_t count, size_t *put)
{
	const enum io outcome = datagram_send(end, messages, count, put);

	if (outcome == IO_DONE)
		touch((struct session *)end);
	return outcome;
}

static void
session_close(struct end *end, bool abandon)
{
	struct session *s = (struct session *)end;
	struct parcel *parcel, *next;

	(void)abandon;
	STAILQ_FOREACH_SAFE(parcel, &s->parcels, link, next)
		free(parcel);
	STAILQ_INIT(&s->parcels);
	LIST_REMOVE(s, link);
	TAILQ_REMOVE(&s->hub->by_age, s, by_age);
	s->hub->count--;
}

static uint64_t
session_lost(const struct end *end)
{
	return ((const struct session *)end)->lost;
}

static const struct end_ops session_ops = {
    .receive = session_receive,
    .empty = session_empty,
    .send = session_send,
    .finish = end_finish_nothing,
    .settle = end_settle_nothing,
    .failed = end_fail_never,
    .deserted = end_fail_never,
    .lost = session_lost,
    .probe = end_probe_nothing,
    .low_water = end_low_water_never,
    .close = session_close,
};

void
session_open(struct session *s, struct hub *hub, int fd, const struct peer *peer, const char *name)
{
	datagram_open(&s->datagram, fd, false, peer, name);
	s->datagram.addressed = true;
	s->datagram.end.ops = &session_ops;
	s->datagram.end.in = -1;
	if (address_family(&peer->address) == AF_UNIX)
		s->datagram.end.out = -1;
	STAILQ_INIT(&s->parcels);
	s->hub = hub;
	s->waiting = 0;
	s->lost = 0;
	s->active_at = clock_now();
	TAILQ_INSERT_TAIL(&hub->by_age, s, by_age);
	hub->count++;
	LIST_INSERT_HEAD(&hub->sessions[bucket_of(&peer->address)], s, link);
}
