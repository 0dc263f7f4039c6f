#include "service/room.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/chat.h"

/*
 * Theory of operation. There may be thousands of members, most of whom say nothing: each is a task
 * that rests until its end can be read. What it has said is put into the fanout, and the room's own
 * task tries to send it to all others at once, after all who spoke in this turn. A member that has
 * no room for it is behind, and goes on when poll(2) says that it can.
 *
 * In a chat a read can become much more than it was: each newline is a line with a name. So the
 * fanout is asked before each line, and where it is full, the rest of the read stays where it is.
 * The room is deaf then: no member is read before there is room in the fanout, and that rest has
 * been told.
 */

/* A client that is in a room. */
struct member {
	struct client client;
	struct task task;
	TAILQ_ENTRY(member) link;
	struct room *room; /* NULL: it is not in there */
	struct end *end;
	struct fanout_reader reader;
	bool behind;             /* it is to get something that its end had no room for */
	bool no_output;          /* it takes no more, and is only listened to */
	bool leaving;            /* it has finished, and gets what was said until then */
	uint64_t until;          /* ... in the fanout */
	int64_t moved_at;        /* when it said or got something last */
	struct chat chat;        /* what it says in one */
	uint64_t sent, received; /* bytes, to it and from it */
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

/* Somebody has said something: the room's task will pass it on. */
static void
put(struct room *r, const struct member *except, const char *text, size_t len)
{
	r->said = true;
	loop_changed(&r->task);
	/* What there is no memory or no room for nobody hears; the room goes on. */
	if (!fanout_put(&r->fanout, except != NULL ? &except->reader : NULL, text, len) &&
	    errno != ENOBUFS)
		event_tell(r->common.observer,
		    (struct event){.kind = EVENT_TROUBLE, .name = "memory", .number = errno});
}

static void
say_line(void *arg, const char *text, size_t len)
{
	struct member *m = arg;

	put(m->room, m, text, len);
}

/* Tells all others, in a chat, what happens. */
static void
announce(struct room *r, const struct member *about, const char *what)
{
	char text[64];
	const int len =
	    snprintf(text, sizeof(text), "<strait> user%llu %s\n", about->chat.number, what);

	if (r->chat)
		put(r, about, text, (size_t)len);
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
	connection_close(&m->client.connection, abandon);
	m->room = NULL;
}

/* Ends it for a cause; NULL: it has got all. */
static void
member_leave(struct member *m, const struct error *cause, bool abandon)
{
	struct error error = {0};

	if (cause != NULL)
		error_set(&error, cause->fault, "%s (%" PRIu64 " bytes sent, %" PRIu64 " received)",
		    cause->text, m->sent, m->received);
	announce(m->room, m, "has left");
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

/* Tells what has been read, as far as the fanout takes it. */
static void
tell_rest(struct room *r, int64_t now)
{
	struct member *m = r->speaker;

	r->fanout.last_writer = &m->reader;
	m->moved_at = now;
	if (!r->chat) {
		put(r, m, r->space, r->got);
		r->told = r->got;
	}
	while (r->told < r->got && fanout_open(&r->fanout, now))
		r->told += chat_take(&m->chat, r->space + r->told, r->got - r->told);
	if (r->told == r->got)
		r->speaker = NULL;
}

/* Whether no member may be read: a rest waits, or there is no room for a piece. */
static bool
is_deaf(struct room *r, int64_t now)
{
	return r->speaker != NULL || !fanout_open(&r->fanout, now);
}

static void
set_behind(struct member *m, bool behind)
{
	if (m->behind != behind)
		loop_changed(&m->task);
	m->behind = behind;
}

/* Whether a member that is leaving has got all that was said before. */
static bool
has_heard_all(const struct member *m)
{
	return m->leaving && m->reader.position >= m->until && m->reader.left == 0;
}

/* Sends what can be sent; the member may have left after that. */
static void
member_flush(struct member *m, int64_t now)
{
	struct fanout *fanout = &m->room->fanout;
	struct end *end = m->end;
	struct iovec parts[2];
	size_t count = 0, bytes;
	enum io outcome = IO_DONE;

	while (!has_heard_all(m) && (count = fanout_next(fanout, &m->reader, parts)) > 0) {
		bytes = parts[0].iov_len;
		outcome = m->no_output ? IO_DONE : end->ops->write(end, parts, count, &bytes);
		/* What it has said before counts: it is listened to, to its end. */
		m->no_output = m->no_output || outcome == IO_FAILED;
		if (outcome == IO_AGAIN || outcome == IO_BUSY)
			break;
		if (outcome != IO_DONE)
			continue;
		fanout_took(fanout, &m->reader, bytes);
		m->sent += m->no_output ? 0 : bytes;
		m->moved_at = now;
	}
	set_behind(m, outcome == IO_AGAIN || outcome == IO_BUSY);
	if (has_heard_all(m))
		member_leave(m, NULL, false);
}

/* It says no more: a line that has been begun counts, and what was said before is for it. */
static void
member_finished(struct member *m, int64_t now)
{
	chat_end(&m->chat);
	m->leaving = true;
	m->until = m->room->fanout.end;
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
		r->speaker = m;
		r->told = 0;
		r->got = got;
		tell_rest(r, now);
	}
}

static size_t
member_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct member *m = member_of(task);
	const bool in = !m->room->deaf && !m->leaving;

	if (room < 2)
		return 2;
	/* That a member has gone is of interest when it would be listened to. */
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
		if ((fds[0].revents != 0 || end_ready(m->end)) && !is_deaf(m->room, now))
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
	if (r->said || (open ? r->deaf : !r->deaf))
		*deadline = 0;
	return 0;
}

/* Passes on what was said, and sees to it that nobody lags behind too far. */
static void
room_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct room *r = room_of(task);
	const int64_t now = clock_now();
	const bool was_deaf = r->deaf;
	struct member *m, *next;

	(void)fds;
	(void)count;
	if (r->speaker != NULL)
		tell_rest(r, now);
	fanout_shed(&r->fanout, now);
	if (r->said) {
		r->said = false;
		TAILQ_FOREACH_SAFE(m, &r->members, link, next)
			if (!m->behind)
				member_flush(m, now);
	}
	r->deaf = is_deaf(r, now);
	if (r->deaf != was_deaf)
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

static bool
room_enter(struct client *c, struct error *err)
{
	struct member *m = (struct member *)c;
	struct room *r = (struct room *)c->common;
	char text[64];
	size_t put_bytes = 0;

	m->task = (struct task){.want = member_want, .serve = member_serve};
	m->end = connection_end(&c->connection);
	m->chat = (struct chat){.number = ++r->entered, .say = say_line, .arg = m};
	m->moved_at = clock_now();
	m->room = r;
	if (!loop_add(c->common->loop, &m->task, err)) {
		connection_close(&c->connection, true);
		return false;
	}
	m->end->user = &m->task;
	fanout_join(&r->fanout, &m->reader, member_dropped, m);
	TAILQ_INSERT_TAIL(&r->members, m, link);
	if (!r->chat)
		return true;
	snprintf(text, sizeof(text), "<strait> you are user%llu\n", m->chat.number);
	/* A new socket has room for that. */
	(void)m->end->ops->write(m->end, &(struct iovec){text, strlen(text)}, 1, &put_bytes);
	m->sent = put_bytes;
	announce(r, m, "is here");
	return true;
}

static void
room_drop(struct client *c, const struct error *cause)
{
	member_leave((struct member *)c, cause, true);
}

/* It was not told all: that is no ordinary end. */
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
    .prompt = true,
    .open = room_open,
    .close = room_close,
    .start = room_enter,
    .drop = room_drop,
    .stop = room_stop,
    .counts = room_counts,
};
