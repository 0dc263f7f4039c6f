#include "service/room.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "service/member.h"

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

static struct room *
room_of(struct task *task)
{
	return (struct room *)(void *)((char *)task - offsetof(struct room, task));
}

void
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

void
room_announce(struct room *r, const struct member *about, const char *what)
{
	char text[64];
	const int len =
	    snprintf(text, sizeof(text), "<strait> user%llu %s\n", about->chat.number, what);

	if (r->chat)
		room_put(r, about, text, (size_t)len);
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

void
room_heard(struct room *r, struct member *m, size_t got, int64_t now)
{
	r->speaker = m;
	r->passed_on = 0;
	r->got = got;
	room_pass_on(r, now);
}

bool
room_is_full(struct room *r, int64_t now)
{
	return r->speaker != NULL || !fanout_open(&r->fanout, now);
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

static bool
room_enter(struct client *c, struct error *err)
{
	return member_join((struct member *)c, (struct room *)c->common, err);
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
