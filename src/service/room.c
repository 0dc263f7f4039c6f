#include "service/room.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/chat.h"

/*
 * Theory of operation. There may be thousands of members, most of them silent: each is a task that
 * waits until its end can be read. What a member sends is put into the fanout. The task of the room
 * runs after all members that were read in this turn, and sends it to all others. A member whose
 * socket is full is "behind", and continues when poll(2) reports room.
 *
 * In a chat the data of one read can grow a lot, since each line gets a name. So the fanout is
 * asked before each line; if it is full, the rest of the read stays in r->space. The room is "full"
 * then: no member is read until that rest is in the fanout and there is room again.
 */

/* A client that is in a room. */
struct member {
	struct client client;
	struct task task;
	TAILQ_ENTRY(member) link;
	struct room *room; /* NULL: not in a room */
	struct end *end;
	struct fanout_reader reader;
	bool behind;             /* waits for room in its socket */
	bool no_output;          /* writing has failed: it is only read from */
	bool leaving;            /* it has half-closed, and is disconnected at leave_at */
	uint64_t leave_at;       /* the position in the fanout up to which it gets data */
	int64_t moved_at;        /* when it last sent or received something */
	struct chat chat;        /* its lines, in a chat */
	uint64_t sent, received; /* bytes to it and from it */
	struct record *record;   /* NULL: none */
};

static struct member *
member_of(struct task *task)
{
	return (struct member *)(void *)((char *)task - offsetof(struct member, task));
}

static struct room *
room_of(struct task *task)
{
	return (struct room *)(void *)((char *)task - offsetof(struct room, task));
}

/* Puts data into the fanout for all but one member; the task of the room will send it. */
static void
room_put(struct room *r, const struct member *except, const char *text, size_t len)
{
	r->unsent = true;
	loop_changed(&r->task);
	/* Data for which there is no memory or room is lost; the room goes on. */
	if (!fanout_put(&r->fanout, except != NULL ? &except->reader : NULL, text, len) &&
	    errno != ENOBUFS)
		event_tell(r->common.observer,
		    (struct event){.kind = EVENT_TROUBLE, .name = "memory", .number = errno});
}

static void
member_say(void *arg, const char *text, size_t len)
{
	struct member *m = arg;

	room_put(m->room, m, text, len);
}

/* In a chat, tells all other members about a member. */
static void
room_announce(struct room *r, const struct member *about, const char *what)
{
	char text[64];
	const int len =
	    snprintf(text, sizeof(text), "<strait> user%llu %s\n", about->chat.number, what);

	if (r->chat)
		room_put(r, about, text, (size_t)len);
}

/* Takes a member out of the room, and closes its connection. */
static void
member_remove(struct member *m, bool abandon)
{
	struct room *r = m->room;

	if (r == NULL)
		return;
	loop_remove(r->common.loop, &m->task);
	if (r->speaker == m)
		r->speaker = NULL;
	TAILQ_REMOVE(&r->members, m, link);
	fanout_leave(&r->fanout, &m->reader);
	chat_free(&m->chat);
	record_free(m->record);
	m->record = NULL;
	connection_close(&m->client.connection, abandon);
	m->room = NULL;
}

/* Ends a member with an error, or NULL if all is well. */
static void
member_leave(struct member *m, const struct error *cause, bool abandon)
{
	struct error error = {0}, unexpected;

	record_ended(m->record, cause != NULL);
	if (!record_end(m->record, &unexpected) && cause == NULL)
		cause = &unexpected;
	if (cause != NULL)
		error_set(&error, cause->fault, "%s (%" PRIu64 " bytes sent, %" PRIu64 " received)",
		    cause->text, m->sent, m->received);
	client_trace(&m->client, cause != NULL ? error.text : "room: it leaves");
	room_announce(m->room, m, "has left");
	member_remove(m, abandon);
	client_done(&m->client, &error, -1);
}

static void
member_dropped(void *arg)
{
	struct member *m = arg;
	struct error error;

	error_set(
	    &error, FAULT_PEER, "dropped %s: it did not read what it was sent", m->client.name);
	member_leave(m, &error, true);
}

/* Puts the data read last into the fanout, as far as there is room. */
static void
room_pass_on(struct room *r, int64_t now)
{
	struct member *m = r->speaker;

	r->fanout.last_writer = &m->reader;
	m->moved_at = now;
	if (!r->chat) {
		room_put(r, m, r->space, r->got);
		r->passed_on = r->got;
	}
	while (r->passed_on < r->got && fanout_open(&r->fanout, now))
		r->passed_on += chat_take(&m->chat, r->space + r->passed_on, r->got - r->passed_on);
	if (r->passed_on == r->got)
		r->speaker = NULL;
}

/* Whether no member may be read: the rest of a read waits, or the fanout has no room. */
static bool
room_is_full(struct room *r, int64_t now)
{
	return r->speaker != NULL || !fanout_open(&r->fanout, now);
}

static void
member_set_behind(struct member *m, bool behind)
{
	if (m->behind != behind)
		loop_changed(&m->task);
	m->behind = behind;
}

/* Whether a leaving member has got everything sent before it half-closed. */
static bool
member_got_all(const struct member *m)
{
	return m->leaving && m->reader.position >= m->leave_at && m->reader.left == 0;
}

/* Sends as much as possible. The member may be gone when this returns. */
static void
member_flush(struct member *m, int64_t now)
{
	struct fanout *fanout = &m->room->fanout;
	struct end *end = m->end;
	struct iovec parts[2];
	size_t count = 0, bytes;
	enum io outcome = IO_DONE;

	while (!member_got_all(m) && (count = fanout_next(fanout, &m->reader, parts)) > 0) {
		bytes = parts[0].iov_len;
		outcome = m->no_output ? IO_DONE : end->ops->write(end, parts, count, &bytes);
		/* It may have sent data before it went: read until the end. */
		m->no_output = m->no_output || outcome == IO_FAILED;
		if (outcome == IO_AGAIN || outcome == IO_BUSY)
			break;
		if (outcome != IO_DONE)
			continue;
		if (!m->no_output)
			record_saw(m->record, true, parts, bytes);
		fanout_took(fanout, &m->reader, bytes);
		m->sent += m->no_output ? 0 : bytes;
		m->moved_at = now;
	}
	member_set_behind(m, outcome == IO_AGAIN || outcome == IO_BUSY);
	if (member_got_all(m))
		member_leave(m, NULL, false);
}

/* A member has half-closed: it gets everything up to here, and is then disconnected. */
static void
member_finished(struct member *m, int64_t now)
{
	chat_end(&m->chat);
	client_trace(&m->client, "room: it has half-closed, and leaves when it has got all");
	m->leaving = true;
	m->leave_at = m->room->fanout.end;
	if (!m->behind)
		member_flush(m, now);
}

/* Reads once. */
static void
member_read(struct member *m, int64_t now)
{
	struct room *r = m->room;
	struct error error;
	size_t got;
	enum io outcome;

	outcome = m->end->ops->read(m->end, r->space, FANOUT_PIECE, &got);
	if (outcome == IO_FAILED) {
		error_set(&error, FAULT_PEER, "%s", end_error_text(m->end));
		member_leave(m, &error, false);
	} else if (outcome == IO_END) {
		member_finished(m, now);
	} else if (outcome == IO_DONE) {
		m->received += got;
		record_saw(m->record, false, &(struct iovec){r->space, got}, got);
		r->speaker = m;
		r->passed_on = 0;
		r->got = got;
		room_pass_on(r, now);
	}
}

static size_t
member_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct member *m = member_of(task);
	const bool in = !m->room->full && !m->leaving && record_has_room(m->record);

	if (room < 2)
		return 2;
	/* POLLHUP and errors matter only when the member may be read. */
	fds[0] = in ? end_poll_in(m->end) : (struct pollfd){.fd = -1};
	fds[1] = m->behind ? end_poll_out(m->end) : (struct pollfd){.fd = -1};
	*deadline = clock_after(m->moved_at, m->room->common.rules.idle);
	if (in && end_ready(m->end))
		*deadline = 0;
	return 2;
}

static void
member_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct member *m = member_of(task);
	const int64_t now = clock_now();
	const bool gone = fds[1].revents & (POLLERR | POLLHUP);
	struct error error;

	(void)count;
	if (m->leaving && gone) {
		member_leave(m, NULL, false);
	} else if (clock_after(m->moved_at, m->room->common.rules.idle) <= now) {
		error_set(&error, FAULT_TIME, "timed out");
		member_leave(m, &error, false);
	} else if (m->leaving) {
		member_flush(m, now);
	} else {
		if (fds[1].revents != 0)
			member_flush(m, now);
		if ((fds[0].revents != 0 || end_ready(m->end)) && !room_is_full(m->room, now) &&
		    record_has_room(m->record))
			member_read(m, now);
	}
}

static size_t
room_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	struct room *r = room_of(task);
	const bool open = fanout_open(&r->fanout, clock_now());

	(void)fds;
	(void)room;
	*deadline = fanout_deadline(&r->fanout);
	if (r->unsent || (open ? r->full : !r->full))
		*deadline = 0;
	return 0;
}

/* Sends what is new to all members, and drops members that lag too far behind. */
static void
room_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct room *r = room_of(task);
	const int64_t now = clock_now();
	const bool was_deaf = r->full;
	struct member *m, *next;

	(void)fds;
	(void)count;
	if (r->speaker != NULL)
		room_pass_on(r, now);
	fanout_shed(&r->fanout, now);
	if (r->unsent) {
		r->unsent = false;
		TAILQ_FOREACH_SAFE(m, &r->members, link, next)
			if (!m->behind)
				member_flush(m, now);
	}
	r->full = room_is_full(r, now);
	if (r->full != was_deaf)
		TAILQ_FOREACH(m, &r->members, link)
			loop_changed(&m->task);
}

static bool
room_open(struct common *common, struct error *err)
{
	struct room *r = (struct room *)common;

	r->task = (struct task){.want = room_want, .serve = room_serve};
	r->fanout.source = &r->task;
	r->space = malloc(FANOUT_PIECE);
	TAILQ_INIT(&r->members);
	if (r->space == NULL)
		return error_errno(err, FAULT_LOCAL, "memory");
	return loop_add(common->loop, &r->task, err);
}

static void
room_close(struct common *common)
{
	struct room *r = (struct room *)common;

	loop_remove(common->loop, &r->task);
	fanout_free(&r->fanout);
	free(r->space);
}

/* Begins the record of what crosses the member's socket, if there is to be one. */
static bool
member_record(struct member *m, struct error *err)
{
	const struct connection *c = &m->client.connection;
	const struct record_of of = {.name = c->name,
	    .fd = c->fd,
	    .type = c->type,
	    .peer = &c->peer,
	    .end = m->end,
	    .listens = true,
	    .task = &m->task};
	struct recording *recording = m->room->common.rules.recording;

	m->record = recording != NULL ? record_new(recording, &of, err) : NULL;
	return recording == NULL || m->record != NULL;
}

/* Tells a member of a chat who it is. */
static void
member_greet(struct member *m)
{
	char text[64];
	struct iovec part = {text, 0};
	size_t put = 0;

	part.iov_len =
	    (size_t)snprintf(text, sizeof(text), "<strait> you are user%llu\n", m->chat.number);
	/* The queue of a new socket has room for this. */
	if (m->end->ops->write(m->end, &part, 1, &put) == IO_DONE)
		record_saw(m->record, true, &part, put);
	m->sent = put;
}

static bool
room_enter(struct client *c, struct error *err)
{
	struct member *m = (struct member *)c;
	struct room *r = (struct room *)c->common;

	m->task = (struct task){.want = member_want, .serve = member_serve};
	m->end = connection_end(&c->connection);
	m->chat = (struct chat){.number = ++r->entered, .say = member_say, .arg = m};
	m->moved_at = clock_now();
	m->room = r;
	if (!member_record(m, err) || !loop_add(c->common->loop, &m->task, err)) {
		record_free(m->record);
		connection_close(&c->connection, true);
		return false;
	}
	m->end->user = &m->task;
	fanout_join(&r->fanout, &m->reader, member_dropped, m);
	client_trace(c, "room: it is in");
	TAILQ_INSERT_TAIL(&r->members, m, link);
	if (r->chat) {
		member_greet(m);
		room_announce(r, m, "is here");
	}
	return true;
}

static void
room_drop(struct client *c, const struct error *cause)
{
	member_leave((struct member *)c, cause, true);
}

/* Not everything was sent to it, so the connection is reset. */
static void
room_stop(struct client *c)
{
	member_remove((struct member *)c, true);
}

static bool
room_counts(const struct client *c, uint64_t *sent, uint64_t *received)
{
	const struct member *m = (const struct member *)c;

	*sent = m->sent;
	*received = m->received;
	return true;
}

const struct service room_service = {
    .client_size = sizeof(struct member),
    .nodelay = true,
    .open = room_open,
    .close = room_close,
    .start = room_enter,
    .drop = room_drop,
    .stop = room_stop,
    .counts = room_counts,
};
