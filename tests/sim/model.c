#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum { SE = 240, SB = 250, WILL = 251, WONT = 252, DO = 253, DONT = 254, IAC = 255 };
enum { DATA, COMMAND, OPTION, SKIPPED, INSIDE, INSIDE_COMMAND };

/* A place of the contents: mixed so that neighbours, and places far apart, differ. */
static unsigned char
mixed(size_t at)
{
	uint64_t n = (at + 1) * UINT64_C(0x9e3779b97f4a7c15);

	n ^= n >> 29;
	n *= UINT64_C(0xbf58476d1ce4e5b9);
	return (unsigned char)((n >> 40) % 251);
}

#define PERIOD ((size_t)65521)

static unsigned char
line_byte(size_t at)
{
	static const char ends[] = "\n\r\n\n\r";
	const unsigned char c = mixed(at);

	return c < 60 ? (unsigned char)ends[c % 5] : c;
}

static void
make_telnet(unsigned char *to)
{
	static const unsigned char commands[][5] = {{IAC, DO, 1}, {IAC, WILL, 3}, {IAC, IAC},
	    {IAC, SB, 24, IAC, SE}, {IAC, DONT, 5}, {IAC, WONT, 6}, {IAC, 241}};
	static const size_t lengths[] = {3, 3, 2, 5, 3, 3, 2};

	for (size_t at = 0; at < PERIOD;) {
		const unsigned char c = line_byte(at);

		if (mixed(at + 1) % 4 == 0 && PERIOD - at > 5) {
			memcpy(to + at, commands[c % 7], lengths[c % 7]);
			at += lengths[c % 7];
		} else {
			to[at++] = c;
		}
	}
}

static void
make_frames(unsigned char *to)
{
	for (size_t at = 0; at < PERIOD;) {
		const size_t left = PERIOD - at;
		const unsigned char c = mixed(at);
		size_t size = c < 40 ? 0 : c < 200 ? c % 7 : (size_t)2 * c;

		if (left < 600)
			size = left - 4;
		to[at] = to[at + 1] = 0;
		to[at + 2] = (unsigned char)(size >> 8);
		to[at + 3] = (unsigned char)size;
		for (size_t i = at + 4; i < at + 4 + size; i++)
			to[i] = mixed(i);
		at += 4 + size;
	}
}

/* Twice, so that any piece of up to a period lies in one. */
static const unsigned char *
contents(enum contents which)
{
	static unsigned char made[4][2 * PERIOD];
	static bool ready;

	if (ready)
		return made[which];
	for (size_t i = 0; i < PERIOD; i++) {
		made[CONTENTS_BYTES][i] = mixed(i);
		made[CONTENTS_LINES][i] = line_byte(i);
	}
	make_frames(made[CONTENTS_FRAMES]);
	make_telnet(made[CONTENTS_TELNET]);
	for (size_t i = 0; i < 4; i++)
		memcpy(made[i] + PERIOD, made[i], PERIOD);
	ready = true;
	return made[which];
}

void
model_start(struct model *m, const struct model_kind *kind, struct model *answered)
{
	char *due = m->due;
	size_t *bounds = m->bounds;

	*m = (struct model){.kind = *kind,
	    .due = due,
	    .bounds = bounds,
	    .given_at = sim.now,
	    .moved_at = sim.now,
	    .answered = answered};
}

static void
due(struct model *m, const void *data, size_t size)
{
	if (MODEL_MAX - m->length < size)
		abort();
	memcpy(m->due + m->length, data, size);
	m->length += size;
	if (m->length - m->delivered > m->most)
		m->most = m->length - m->delivered;
}

/* A message is whole. What marks it before has to be put in front of what is there. */
static void
message(struct model *m)
{
	const size_t size = m->length - m->message;

	if (m->kind.to == MARKS_LINES && (size == 0 || m->due[m->length - 1] != '\n'))
		due(m, "\n", 1);
	if (m->kind.to == MARKS_FRAMES) {
		const unsigned char mark[] = {(unsigned char)(size >> 24),
		    (unsigned char)(size >> 16), (unsigned char)(size >> 8), (unsigned char)size};

		due(m, mark, sizeof(mark));
		memmove(m->due + m->message + sizeof(mark), m->due + m->message, size);
		memcpy(m->due + m->message, mark, sizeof(mark));
	}
	if (m->bounds_count == MODEL_BOUNDS)
		abort();
	m->bounds[m->bounds_count++] = m->length;
	m->message = m->length;
}

/* A byte of a stream that marks messages, the marks taken out. */
static void
split(struct model *m, unsigned char c)
{
	if (m->kind.from == MARKS_FRAMES && m->mark_length < sizeof(m->mark)) {
		m->mark[m->mark_length++] = c;
		if (m->mark_length < sizeof(m->mark))
			return;
		m->frame = (size_t)m->mark[2] << 8 | m->mark[3];
	} else if (m->kind.from == MARKS_FRAMES) {
		due(m, &c, 1);
		m->frame--;
	} else {
		if (c != '\n' || m->kind.from == MARKS_TEXT)
			due(m, &c, 1);
		if (c == '\n')
			message(m);
		return;
	}
	if (m->frame == 0) {
		message(m);
		m->mark_length = 0;
	}
}

static void
put(struct model *m, unsigned char c)
{
	if (m->kind.from != MARKS_NONE)
		split(m, c);
	else
		due(m, &c, 1);
}

static void
put_crlf(struct model *m, unsigned char c)
{
	if (m->kind.crlf && c == '\n' && !m->after_cr)
		put(m, '\r');
	m->after_cr = c == '\r';
	put(m, c);
}

static void
answer(struct model *m, unsigned char option)
{
	const unsigned char text[] = {IAC, m->asked == DO ? WONT : DONT, option};

	if (sizeof(m->answers.text) - m->answers.length < sizeof(text))
		abort();
	memcpy(m->answers.text + m->answers.length, text, sizeof(text));
	m->answers.length += sizeof(text);
}

static void
put_telnet(struct model *m, unsigned char c)
{
	const int before = m->telnet;

	m->telnet = DATA;
	if (before == DATA && c == IAC) {
		m->telnet = COMMAND;
	} else if (before == COMMAND && c >= SB && c < IAC) {
		m->telnet = c == SB ? INSIDE : OPTION;
		m->asked = c;
	} else if (before == OPTION) {
		if (m->asked == DO || m->asked == WILL)
			answer(m, c);
	} else if (before == INSIDE || (before == INSIDE_COMMAND && c != SE)) {
		m->telnet = before == INSIDE && c == IAC ? INSIDE_COMMAND : INSIDE;
	} else if (before == DATA || (before == COMMAND && c == IAC)) {
		put_crlf(m, c);
	}
}

void
model_give(struct model *m, char *data, size_t size)
{
	m->given_at = sim.now;
	while (size > 0) {
		const size_t at = m->given % PERIOD, n = size < PERIOD ? size : PERIOD;
		const unsigned char *from = contents(m->kind.contents) + at;

		if (data != NULL) {
			memcpy(data, from, n);
			data += n;
		}
		m->given += n;
		size -= n;
		if (!m->kind.telnet && !m->kind.crlf && m->kind.from == MARKS_NONE) {
			due(m, from, n);
			continue;
		}
		for (size_t i = 0; i < n; i++)
			(m->kind.telnet ? put_telnet : put_crlf)(m, from[i]);
	}
}

void
model_bound(struct model *m)
{
	const bool streams =
	    !m->kind.from_messages && !m->kind.to_messages && m->kind.to == MARKS_NONE;

	if (m->kind.from != MARKS_NONE || streams)
		return;
	/* What a transform has made longer than a message may be. */
	while (!m->kind.from_messages && m->kind.cut && m->length - m->message > m->kind.longest) {
		m->bounds[m->bounds_count++] = m->message + m->kind.longest;
		m->message += m->kind.longest;
	}
	message(m);
}

void
model_end(struct model *m)
{
	const bool rest = m->length > m->message;

	if (m->kind.from == MARKS_FRAMES)
		m->half = m->mark_length > 0;
	else if (m->kind.from != MARKS_NONE && rest)
		message(m);
}

/* Answers stand anywhere between bytes of data, but not inside each other. */
static void
get_answer(struct model *m, unsigned char c)
{
	struct model *a = m->answered;

	if (a->answers.delivered == a->answers.length)
		sim_fail("an answer goes out that was not made, or for the second time");
	if (a->answers.text[a->answers.delivered++] != c)
		sim_fail("byte %zu of the answers is wrong", a->answers.delivered - 1);
}

static void
check_pause(struct model *m, const char *data, size_t size)
{
	if (m->kind.delay <= 0 || size == 0)
		return;
	if (sim.now < m->pause_until)
		sim_fail("something is delivered during a delay");
	if (!m->kind.to_messages && memchr(data, '\n', size - 1) != NULL &&
	    m->kind.from == MARKS_NONE)
		sim_fail("two lines are delivered at once, without a delay between them");
	if (m->kind.to_messages || data[size - 1] == '\n')
		m->pause_until = sim.now + m->kind.delay;
}

static void
get(struct model *m, const char *data, size_t size)
{
	check_pause(m, data, size);
	if (m->message < m->delivered + size && m->kind.cut_short)
		model_end(m);
	if (m->length - m->delivered < size)
		sim_fail("more is delivered than was taken: %zu bytes at %zu, of %zu", size,
		    m->delivered, m->length);
	if (memcmp(m->due + m->delivered, data, size) != 0)
		sim_fail("what is delivered at %zu is not what was taken", m->delivered);
	m->delivered += size;
	if (size > 0)
		m->moved_at = sim.now;
	while (m->bounds_done < m->bounds_count && m->bounds[m->bounds_done] <= m->delivered &&
	       !m->kind.to_messages)
		m->bounds_done++;
}

void
model_get(struct model *m, const char *data, size_t size)
{
	while (m->answered != NULL && size > 0 &&
	       (m->answered->answers.delivered % 3 != 0 || (unsigned char)*data == IAC)) {
		get_answer(m, (unsigned char)*data++);
		size--;
	}
	get(m, data, size);
}

void
model_get_message(struct model *m, const char *data, size_t size)
{
	if (m->bounds_done == m->bounds_count)
		sim_fail("a message is delivered that was not taken");
	if (m->delivered + size != m->bounds[m->bounds_done])
		sim_fail("message %zu is delivered with %zu bytes, not with %zu", m->bounds_done,
		    size, m->bounds[m->bounds_done] - m->delivered);
	m->bounds_done++;
	get(m, data, size);
	m->messages++;
	m->moved_at = sim.now;
}

bool
model_leave_out(struct model *m)
{
	if (m->bounds_done == m->bounds_count)
		return false;
	m->delivered = m->bounds[m->bounds_done++];
	return true;
}

size_t
model_messages(const struct model *m)
{
	size_t count = m->bounds_done;

	/* A stream shows no message of no bytes. */
	while (!m->kind.to_messages && count < m->bounds_count && m->bounds[count] <= m->delivered)
		count++;
	return count;
}

bool
model_is_done(const struct model *m)
{
	if (m->kind.most > 0 && m->bounds_done == m->kind.most)
		return true;
	return m->delivered == m->length &&
	       (!m->kind.to_messages || m->bounds_done == m->bounds_count);
}
