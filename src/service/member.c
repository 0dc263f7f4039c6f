#include "service/member.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"

static struct member *
member_of(struct task *task)
{
	return (struct member *)(void *)((char *)task - offsetof(struct member, task));
}

static void
member_say(void *arg, const char *text, size_t len)
{
	struct member *m = arg;

	room_put(m->room, m, text, len);
}

void
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

void
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

void
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
		room_heard(r, m, got, now);
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

bool
member_join(struct member *m, struct room *r, struct error *err)
{
	struct client *c = &m->client;

	m->task = (struct task){.want = member_want, .serve = member_serve};
	m->end = connection_end(&c->connection);
	m->chat = (struct chat){.number = ++r->entered, .say = member_say, .arg = m};
	m->moved_at = clock_now();
	m->room = r;
	if (!member_record(m, err) || !loop_add(c->common->loop, &m->task, err)) {
		record_free(m->record);
		m->record = NULL;
		m->room = NULL;
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
