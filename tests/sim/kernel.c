#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "choice.h"
#include "net/descriptor.h"
#include "sim.h"

#define PIPES 2
#define PIPE_FD 2000
#define PIPE_ROOM ((size_t)1 << 20)

static struct {
	struct actor *actors[2];
	/* What a pipe holds is one piece of what its lane is to deliver. */
	struct {
		bool in, out; /* open */
		const struct model *model;
		size_t start, stop;
	} pipes[PIPES];
} own;

void
kernel_begin(struct actor *near, struct actor *far)
{
	memset(&own, 0, sizeof(own));
	own.actors[0] = near;
	own.actors[1] = far;
}

size_t
kernel_pipes(void)
{
	size_t count = 0;

	for (size_t i = 0; i < PIPES; i++)
		count += own.pipes[i].in || own.pipes[i].out;
	return count;
}

/* The end that is read, or written, by way of a descriptor; NULL: it is a pipe's. */
static struct actor *
actor_of(int fd, bool in)
{
	for (size_t i = 0; i < 2; i++)
		if (own.actors[i] != NULL && fd == (in ? own.actors[i]->in : own.actors[i]->out))
			return own.actors[i];
	return NULL;
}

static size_t
pipe_of(int fd)
{
	const size_t i = (size_t)(fd - PIPE_FD) / 2;

	if (fd < PIPE_FD || i >= PIPES || !(fd % 2 == 0 ? own.pipes[i].in : own.pipes[i].out))
		sim_fail("descriptor %d is used, which is not open", fd);
	return i;
}

int64_t __wrap_clock_now(void);

int64_t
__wrap_clock_now(void)
{
	return sim.now;
}

int
descriptor_pipe(int fds[2])
{
	if (choice_rare(8) == 7) {
		errno = EMFILE;
		return -1;
	}
	for (int i = 0; i < PIPES; i++) {
		if (own.pipes[i].in || own.pipes[i].out)
			continue;
		memset(&own.pipes[i], 0, sizeof(own.pipes[i]));
		own.pipes[i].in = own.pipes[i].out = true;
		fds[0] = PIPE_FD + 2 * i;
		fds[1] = PIPE_FD + 2 * i + 1;
		return 0;
	}
	sim_fail("a lane has a second pipe");
}

void
descriptor_widen(int fd)
{
	(void)fd;
}

int
descriptor_pipe_size(int fd)
{
	(void)fd;
	return -1;
}

int
descriptor_close(int fd)
{
	if (fd != -1 && fd % 2 == 0)
		own.pipes[pipe_of(fd)].in = false;
	else if (fd != -1)
		own.pipes[pipe_of(fd)].out = false;
	return -1;
}

static ssize_t
failed(enum io outcome)
{
	return outcome == IO_END ? 0 : -1;
}

/* So many bytes leave the source's queue, and are from now on to be delivered. */
static void
take(struct actor *source, size_t bytes)
{
	model_give(source->gives, NULL, bytes);
	actor_gave(source, bytes);
}

static ssize_t
splice_in(struct actor *source, int to, size_t len)
{
	const size_t i = pipe_of(to), room = PIPE_ROOM - (own.pipes[i].stop - own.pipes[i].start);
	const size_t most = len < room ? len : room;
	size_t bytes;
	enum io outcome;

	if (room == 0) {
		errno = EAGAIN;
		return -1;
	}
	outcome = actor_offers(source, most, &bytes);
	if (outcome != IO_DONE)
		return failed(outcome);
	own.pipes[i].model = source->gives;
	if (own.pipes[i].start == own.pipes[i].stop)
		own.pipes[i].start = own.pipes[i].stop = source->gives->length;
	own.pipes[i].stop += bytes;
	take(source, bytes);
	return (ssize_t)bytes;
}

static ssize_t
splice_out(int from, struct actor *sink, size_t len)
{
	const size_t i = pipe_of(from), held = own.pipes[i].stop - own.pipes[i].start;
	size_t bytes;
	enum io outcome;

	if (held == 0) {
		errno = EAGAIN;
		return -1;
	}
	outcome = actor_accepts(sink, len < held ? len : held, &bytes);
	if (outcome != IO_DONE)
		return failed(outcome);
	model_get(sink->gets, own.pipes[i].model->due + own.pipes[i].start, bytes);
	own.pipes[i].start += bytes;
	actor_got(sink, bytes);
	return (ssize_t)bytes;
}

/* From end to end: what the sink has no room for stays with the source. */
static ssize_t
splice_straight(struct actor *source, struct actor *sink, size_t len)
{
	struct model *model = source->gives;
	size_t bytes, before = model->length;
	enum io outcome = actor_offers(source, len, &bytes);

	if (outcome == IO_DONE)
		outcome = actor_accepts(sink, bytes, &bytes);
	if (outcome != IO_DONE)
		return failed(outcome);
	take(source, bytes);
	model_get(sink->gets, model->due + before, bytes);
	actor_got(sink, bytes);
	return (ssize_t)bytes;
}

/* What cannot be spliced is refused; urgent data looks like nothing, or like the end. */
static bool
odd(const struct actor *source)
{
	const unsigned pick = choice_rare(source != NULL ? 10 : 8);

	if (pick < 7)
		return false;
	errno = pick == 7 ? EINVAL : EAGAIN;
	return pick == 7 || source->queued > 0;
}

ssize_t __wrap_splice(int, off_t *, int, off_t *, size_t, unsigned int);

ssize_t
__wrap_splice(int from, off_t *from_at, int to, off_t *to_at, size_t len, unsigned int flags)
{
	struct actor *source = actor_of(from, true), *sink = actor_of(to, false);

	(void)from_at;
	(void)to_at;
	(void)flags;
	if (odd(source != NULL && source->kind.socket ? source : NULL)) {
		sim_tell("  splice is refused");
		return -1;
	}
	/* An end that nobody reads has no descriptor any more. */
	if (from == -1 || to == -1) {
		errno = EBADF;
		return -1;
	}
	if (source != NULL && sink != NULL)
		return splice_straight(source, sink, len);
	if (source != NULL)
		return splice_in(source, to, len);
	return splice_out(from, sink, len);
}

/* A pipe that is emptied: the source's bytes once more. */
ssize_t __wrap_read(int, void *, size_t);

ssize_t
__wrap_read(int fd, void *buf, size_t size)
{
	const size_t i = pipe_of(fd), held = own.pipes[i].stop - own.pipes[i].start;
	size_t n = size < held ? size : held;

	if (n == 0) {
		errno = EAGAIN;
		return -1;
	}
	if (n > 1 && choice_rare(8) == 7)
		n = 1;
	memcpy(buf, own.pipes[i].model->due + own.pipes[i].start, n);
	own.pipes[i].start += n;
	return (ssize_t)n;
}

/* Asked only whether a socket has something after all. */
ssize_t __wrap_recv(int, void *, size_t, int);

ssize_t
__wrap_recv(int fd, void *buf, size_t size, int flags)
{
	const struct actor *source = actor_of(fd, true);

	(void)buf;
	(void)size;
	if (source == NULL || !(flags & MSG_PEEK))
		sim_fail("recv is called of descriptor %d", fd);
	errno = EAGAIN;
	return source->queued > 0 ? 1 : -1;
}

void *__real_malloc(size_t);
void *__wrap_malloc(size_t);
void __real_free(void *);
void __wrap_free(void *);
void *__real_realloc(void *, size_t);
void *__wrap_realloc(void *, size_t);

static void *
counted(void *memory)
{
	sim.allocated += malloc_usable_size(memory);
	if (sim.allocated > sim.most)
		sim.most = sim.allocated;
	return memory;
}

void *
__wrap_malloc(size_t size)
{
	return counted(__real_malloc(size));
}

void
__wrap_free(void *memory)
{
	sim.allocated -= malloc_usable_size(memory);
	__real_free(memory);
}

void *__real_calloc(size_t, size_t);
void *__wrap_calloc(size_t, size_t);

void *
__wrap_calloc(size_t count, size_t size)
{
	return counted(__real_calloc(count, size));
}

void *
__wrap_realloc(void *memory, size_t size)
{
	sim.allocated -= malloc_usable_size(memory);
	return counted(__real_realloc(memory, size));
}
