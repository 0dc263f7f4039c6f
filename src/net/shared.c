#include "net/shared.h"

#include <string.h>

/* Removes the rest of a line from buf: a conversation that begins in the middle of one skips it. */
static void
skip_line(struct stdio *s, char *buf, size_t *got)
{
	const char *newline = memchr(buf, '\n', *got);
	const size_t skipped = newline != NULL ? (size_t)(newline - buf) + 1 : *got;

	*got -= skipped;
	memmove(buf, buf + skipped, *got);
	s->mid_line = newline == NULL;
}

enum io
shared_read(struct stdio *s, char *buf, size_t size, size_t *got)
{
	struct iovec parts[2];

	do {
		if (fanout_next(s->fanout, &s->reader, parts) == 0)
			return s->fanout->ended ? IO_END : IO_AGAIN;
		*got = parts[0].iov_len < size ? parts[0].iov_len : size;
		memcpy(buf, parts[0].iov_base, *got);
		fanout_took(s->fanout, &s->reader, *got);
		if (s->mid_line && s->end.framing != FRAMING_NONE)
			skip_line(s, buf, got);
	} while (*got == 0);
	return IO_DONE;
}

enum io
shared_receive(struct stdio *s, struct iovec *space, size_t *got)
{
	struct iovec parts[2];
	const size_t count = fanout_next(s->fanout, &s->reader, parts);
	size_t skip = FANOUT_MESSAGE;
	char *to = space->iov_base;

	if (count == 0)
		return s->fanout->ended ? IO_END : IO_AGAIN;
	for (size_t i = 0; i < count; i++) {
		memcpy(to, (const char *)parts[i].iov_base + skip, parts[i].iov_len - skip);
		to += parts[i].iov_len - skip;
		fanout_took(s->fanout, &s->reader, parts[i].iov_len);
		skip = 0;
	}
	space->iov_len = (size_t)(to - (char *)space->iov_base);
	*got = 1;
	return IO_DONE;
}

enum io
shared_write_lines(
    struct stdio *s, shared_writer write, const struct iovec *parts, size_t count, size_t *put)
{
	struct stdio *shared = s->shared;
	const struct iovec newline = {(char[]){'\n'}, 1};
	const size_t whole = end_length(parts, count);
	enum io outcome;

	if (shared->writer != NULL && shared->writer != s)
		return IO_AGAIN;
	if (shared->writer == NULL && shared->line_begun) {
		outcome = write(s, &newline, 1, put);
		if (outcome != IO_DONE)
			return outcome;
		shared->line_begun = false;
	}
	outcome = write(s, parts, count, put);
	if (outcome != IO_DONE)
		return outcome;
	shared->writer = *put < whole ? s : NULL;
	shared->line_begun = *put > 0 && end_last(parts, *put) != '\n';
	return IO_DONE;
}

static void
input_changed(struct fanout_reader *reader)
{
	end_changed(
	    &((struct stdio *)(void *)((char *)reader - offsetof(struct stdio, reader)))->end);
}

void
stdio_share(struct stdio *s, struct stdio *shared, const struct loop *loop, struct fanout *fanout,
    void (*dropped)(void *), void *arg)
{
	*s = *shared;
	s->in.own = s->out.own = -1;
	s->in.inlined = false;
	s->shared = shared;
	s->loop = loop;
	if (s->rules.no_input)
		return;
	if (s->kind.input_file) {
		s->end.position = &s->position;
		return;
	}
	s->end.in = -1;
	s->end.input_seen = fanout->end > 0;
	s->fanout = fanout;
	fanout_join(fanout, &s->reader, dropped, arg);
	s->reader.changed = input_changed;
}
