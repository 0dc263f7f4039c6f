#include "mode/room.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "codec/visible.h"
#include "mode/say.h"
#include "net/descriptor.h"
#include "net/socket.h"

/*
 * Theory of operation. There may be thousands of members, most of whom say nothing: one task serves
 * them all, and each is no more than a socket and a position in the fanout. What somebody has said
 * is put into the fanout, and tried to be sent to everybody at once; who cannot take it is asked by
 * poll(2) when he can.
 *
 * In a chat a read can become much more than it was: each newline is a line with a name. So the
 * fanout is asked before each line, and where it is full, the rest of the read stays where it is.
 * Nobody else is read before that has been told: there is one such rest at most.
 */

/* In a chat, the longest line, after which another one begins. */
#define LINE_LONGEST ((size_t)4096)

struct member {
	TAILQ_ENTRY(member) link;
	struct room *room;
	struct stream stream;
	struct address address;
	struct fanout_reader reader;
	unsigned long long number;
	bool no_output;   /* he takes no more, and is only listened to */
	bool cut;         /* in a chat, what he has said of a line was told already */
	bool leaving;     /* he has finished, and gets what was said until then */
	uint64_t until;   /* ... in the fanout */
	int64_t moved_at; /* when he said or got something last */
	char *line;       /* in a chat, what he has said of a line; NULL: nothing */
	size_t len;
	/* Bytes to it and from it. */
	uint64_t sent, received;
};

static char *
name_of(char buf[static ADDRESS_TEXT], const struct member *m)
{
	return address_text(buf, &m->address);
}

static void
put(struct room *r, const struct member *except, const char *text, size_t len)
{
	/* What there is no memory or no room for nobody hears; the room goes on. */
	if (!fanout_put(&r->fanout, except != NULL ? &except->reader : NULL, text, len) &&
	    errno != ENOBUFS)
		notice("memory: %s", strerror(errno));
}

/* Tells all others, in a chat, what happens. */
static void
announce(struct room *r, const struct member *about, const char *what)
{
	char text[64];
	const int len = snprintf(text, sizeof(text), "<strait> user%llu %s\n", about->number, what);

	if (r->options->chat)
		put(r, about, text, (size_t)len);
}

static void
member_free(struct member *m, bool abandon)
{
	struct room *r = m->room;

	if (r->speaker == m)
		r->speaker = NULL;
	TAILQ_REMOVE(&r->members, m, link);
	fanout_leave(&r->fanout, &m->reader);
	m->stream.end.ops->close(&m->stream.end, abandon);
	r->count--;
	free(m->line);
	free(m);
}

/* Somebody goes, or has to. Those who ask are told why, in words that stand around the name. */
static void
member_leave(struct member *m, bool abandon, const char *before, const char *behind)
{
	struct room *r = m->room;
	char name[ADDRESS_TEXT];

	if (r->options->verbose > 0)
		notice("%s%s: %s (%" PRIu64 " bytes sent, %" PRIu64 " received)", before,
		    name_of(name, m), behind, m->sent, m->received);
	announce(r, m, "has gone");
	member_free(m, abandon);
	r->left(r->arg);
}

static void
member_dropped(void *arg)
{
	member_leave(arg, true, "dropped ", "it did not take what it was sent");
}

/* A whole line of a chat, with who has said it, and nothing in it that commands a terminal. */
static void
say_line(struct member *m, const char *line, size_t len)
{
	char text[32 + VISIBLE_GROWTH * LINE_LONGEST];
	size_t used = (size_t)snprintf(text, sizeof(text), "<user%llu> ", m->number);

	used += visible_text(text + used, line, len);
	text[used++] = '\n';
	put(m->room, m, text, used);
}

/*
 * Where a line that is full can be cut: not in the middle of a character of UTF-8 (RFC 3629), and
 * not before a newline that a CR announces.
 */
static size_t
cut_of(const char *line, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)line;
	size_t behind = 0; /* the byte that begins the last character */
	size_t size;

	if (bytes[len - 1] == '\r')
		return len - 1;
	while (behind < 3 && (bytes[len - 1 - behind] & 0xc0) == 0x80)
		behind++;
	size = bytes[len - 1 - behind] >= 0xf0 ? 4 : bytes[len - 1 - behind] >= 0xe0 ? 3 : 2;
	return bytes[len - 1 - behind] >= 0xc0 && behind + 1 < size ? len - 1 - behind : len;
}

/* Tells the first len bytes of what has come of a line, and keeps the rest. */
static void
tell_line(struct member *m, size_t len)
{
	say_line(m, m->line, len);
	m->len -= len;
	memmove(m->line, m->line + len, m->len);
	if (m->len > 0)
		return;
	free(m->line);
	m->line = NULL;
}

/* Takes up to len bytes of what somebody has said, to the end of a line at most. Returns how many.
 */
static size_t
take_line(struct member *m, const char *data, size_t len)
{
	const char *newline = memchr(data, '\n', len);
	const size_t size = newline != NULL ? (size_t)(newline - data) : len;
	const size_t room = LINE_LONGEST - m->len;
	const size_t taken = size < room ? size : room;

	if (m->line == NULL && (m->line = malloc(LINE_LONGEST)) == NULL)
		return len;
	memcpy(m->line + m->len, data, taken);
	m->len += taken;
	if (taken < size || (newline == NULL && m->len == LINE_LONGEST)) {
		tell_line(m, cut_of(m->line, m->len));
		m->cut = true;
	} else if (newline != NULL) {
		if (m->len > 0 && m->line[m->len - 1] == '\r')
			m->len--;
		/* The end of a line that has been told already is no line. */
		if (m->len > 0 || !m->cut)
			tell_line(m, m->len);
		m->cut = false;
		return taken + 1;
	}
	return taken;
}

/* Tells what has been read, as far as the fanout takes it. */
static void
tell_rest(struct room *r, int64_t now)
{
	struct member *m = r->speaker;

	r->fanout.speaker = &m->reader;
	m->moved_at = now;
	if (!r->options->chat) {
		put(r, m, r->space, r->got);
		r->told = r->got;
	}
	while (r->told < r->got && fanout_open(&r->fanout, now))
		r->told += take_line(m, r->space + r->told, r->got - r->told);
	if (r->told == r->got)
		r->speaker = NULL;
}

/* He says no more: a line that has been begun counts, and what was said before is his. */
static void
member_finished(struct member *m)
{
	if (m->len > 0)
		(void)take_line(m, "\n", 1);
	m->leaving = true;
	m->until = m->room->fanout.end;
}

/* Whether somebody who is leaving has got all that was said before. */
static bool
has_heard_all(const struct member *m)
{
	return m->leaving && m->reader.position >= m->until && m->reader.left == 0;
}

/* Sends what can be sent; he may have left after that. */
static void
member_flush(struct member *m, int64_t now)
{
	struct end *end = &m->stream.end;
	struct iovec parts[2];
	size_t count, put_bytes;
	enum io outcome;

	while (
	    !has_heard_all(m) && (count = fanout_next(&m->room->fanout, &m->reader, parts)) > 0) {
		put_bytes = parts[0].iov_len;
		outcome = m->no_output ? IO_DONE : end->ops->write(end, parts, count, &put_bytes);
		/* What he has said before counts: he is listened to, to his end. */
		m->no_output = m->no_output || outcome == IO_FAILED;
		if (outcome == IO_AGAIN || outcome == IO_BUSY)
			return;
		if (outcome != IO_DONE)
			continue;
		fanout_took(&m->reader, put_bytes);
		m->sent += m->no_output ? 0 : put_bytes;
		m->moved_at = now;
	}
	if (has_heard_all(m))
		member_leave(m, false, "", "closed");
}

/* Reads once. Returns whether something was said. */
static bool
member_read(struct member *m, int64_t now)
{
	struct end *end = &m->stream.end;
	size_t got;
	enum io outcome;

	outcome = end->ops->read(end, m->room->space, FANOUT_PIECE, &got);
	if (outcome == IO_FAILED) {
		member_leave(m, false, "", end_error_text(end));
	} else if (outcome == IO_END) {
		member_finished(m);
	} else if (outcome == IO_DONE) {
		m->received += got;
		m->room->speaker = m;
		m->room->told = 0;
		m->room->got = got;
		tell_rest(m->room, now);
	}
	return outcome != IO_AGAIN;
}

static size_t
room_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	struct room *r = (struct room *)task;
	const bool open = fanout_open(&r->fanout, clock_now());
	struct iovec parts[2];
	struct member *m;
	size_t i = 0;

	if (room < r->count)
		return r->count;
	TAILQ_FOREACH(m, &r->members, link) {
		const bool out = fanout_next(&r->fanout, &m->reader, parts) > 0 && !m->no_output;
		const int events = (open && !m->leaving ? POLLIN : 0) | (out ? POLLOUT : 0);

		/* That somebody has gone is of interest when he would be listened to. */
		fds[i++] =
		    (struct pollfd){.fd = events != 0 ? m->stream.fd : -1, .events = (short)events};
		*deadline = clock_min(*deadline, clock_after(m->moved_at, r->options->idle));
	}
	*deadline = clock_min(*deadline, fanout_deadline(&r->fanout));
	if (open && r->speaker != NULL)
		*deadline = 0;
	return r->count;
}

/* Whether somebody may be read: there is room for a piece, and no rest of one waits. */
static bool
may_speak(struct room *r, int64_t now)
{
	return fanout_open(&r->fanout, now) && r->speaker == NULL;
}

/* What poll has told of one of them. Returns whether something was said. */
static bool
member_serve(struct member *m, short revents, int64_t now)
{
	const bool gone = revents & (POLLERR | POLLHUP);

	if (m->leaving && gone) {
		member_leave(m, false, "", "closed");
		return true;
	}
	if (((revents & POLLIN) || gone) && may_speak(m->room, now))
		return member_read(m, now);
	member_flush(m, now);
	return false;
}

static void
room_idle(struct room *r, int64_t now)
{
	struct member *m, *next;

	TAILQ_FOREACH_SAFE(m, &r->members, link, next)
		if (clock_after(m->moved_at, r->options->idle) <= now)
			member_leave(m, false, "", "timed out");
}

static void
room_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct room *r = (struct room *)task;
	const int64_t now = clock_now();
	struct member *m, *next;
	bool said = r->speaker != NULL;
	size_t i = 0;

	if (said)
		tell_rest(r, now);
	/* Who has come in since poll was asked stands behind the others. */
	TAILQ_FOREACH_SAFE(m, &r->members, link, next) {
		if (i == count)
			break;
		if (fds[i++].revents != 0)
			said = member_serve(m, fds[i - 1].revents, now) || said;
	}
	if (r->options->idle >= 0)
		room_idle(r, now);
	fanout_shed(&r->fanout, now);
	if (!said)
		return;
	TAILQ_FOREACH_SAFE(m, &r->members, link, next)
		member_flush(m, now);
}

bool
room_open(struct room *r, struct loop *loop, const struct options *o, void (*left)(void *),
    void *arg, struct error *err)
{
	*r = (struct room){
	    .options = o,
	    .loop = loop,
	    .task = {.want = room_want, .serve = room_serve},
	    .space = malloc(FANOUT_PIECE),
	    .left = left,
	    .arg = arg,
	};
	TAILQ_INIT(&r->members);
	if (r->space == NULL)
		return error_errno(err, FAULT_LOCAL, "memory");
	return loop_add(loop, &r->task, err);
}

bool
room_enter(struct room *r, int fd, const struct peer *peer, struct error *err)
{
	struct member *m = calloc(1, sizeof(*m));
	char text[64];
	int len;

	if (m == NULL) {
		(void)socket_abandon(fd);
		return error_errno(err, FAULT_LOCAL, "memory");
	}
	m->room = r;
	m->address = peer->address;
	m->number = ++r->entered;
	m->moved_at = clock_now();
	stream_open(&m->stream, fd, address_family(&peer->address) != AF_UNIX, "");
	fanout_join(&r->fanout, &m->reader, member_dropped, m);
	TAILQ_INSERT_TAIL(&r->members, m, link);
	r->count++;
	if (!r->options->chat)
		return true;
	len = snprintf(text, sizeof(text), "<strait> you are user%llu\n", m->number);
	/* A new socket has room for that. */
	(void)!send(fd, text, (size_t)len, MSG_NOSIGNAL);
	m->sent = (uint64_t)len;
	announce(r, m, "is here");
	return true;
}

void
room_close(struct room *r)
{
	struct member *m, *next;

	if (r->loop == NULL)
		return;
	loop_remove(r->loop, &r->task);
	/* They were not told all: that is no ordinary end. */
	TAILQ_FOREACH_SAFE(m, &r->members, link, next)
		member_free(m, true);
	fanout_free(&r->fanout);
	free(r->space);
}
