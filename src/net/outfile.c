#include "net/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/descriptor.h"

/*
 * Theory of operation. What is put in is collected until the loop's turn ends, so that many short
 * pieces (lines, datagrams) cost one write; only a BATCH is written at once. The file is opened
 * here, also if it is an inherited pipe (/dev/fd/N), so that it can be non-blocking without
 * changing what others share. If it does not take everything it is "blocked", until the whole queue
 * is written.
 *
 * The queue is bounded by its users: they read nothing new from anywhere while it is blocked, so
 * that only what they had in memory before is added.
 */

/* So many bytes are worth a write of their own. */
#define BATCH ((size_t)64 << 10)

/* A larger buffer is not kept when it is empty. */
#define KEPT (4 * BATCH)

static size_t
queued(const struct outfile *f)
{
	return f->end - f->start;
}

static void
free_queue(struct outfile *f)
{
	free(f->data);
	f->data = NULL;
	f->size = f->start = f->end = 0;
}

static void
set_blocked(struct outfile *f, bool blocked)
{
	if (f->blocked == blocked)
		return;
	f->blocked = blocked;
	loop_changed(&f->task);
	f->changed(f->arg, f);
}

/* After a failure: closes the file, since other processes may wait for its end. */
static void
give_up(struct outfile *f)
{
	loop_remove(f->loop, &f->task);
	f->fd = descriptor_close(f->fd);
	f->blocked = false;
	free_queue(f);
	f->changed(f->arg, f);
}

static void
fail(struct outfile *f)
{
	error_errno(&f->error, FAULT_STANDARD, "write to %s", f->name);
	give_up(f);
}

/* The file is to be closed, and takes nothing. */
static void
fail_as_stalled(struct outfile *f)
{
	if (queued(f) > 0)
		error_set(&f->error, FAULT_STANDARD,
		    "write to %s: timed out: %zu bytes were not taken", f->name, queued(f));
	else
		error_set(&f->error, FAULT_STANDARD,
		    "write to %s: timed out: the end of a line was not taken", f->name);
	give_up(f);
}

/* Whether the end of this turn is to write, or to try again. */
static bool
has_to_write(const struct outfile *f)
{
	return queued(f) > 0 || f->blocked || f->old;
}

static bool
has_failed(const struct outfile *f)
{
	return f->error.fault != FAULT_NONE;
}

/* Writes once. -1 with errno. */
static ssize_t
write_parts(const struct outfile *f, const struct iovec *parts, int count)
{
	if (f->standard != NULL)
		return f->standard->write(parts->iov_base, parts->iov_len);
	return writev(f->fd, parts, count);
}

/* Removes the first bytes of the queue, and then of data. */
static void
took(struct outfile *f, const char **data, size_t *len, size_t bytes)
{
	const size_t first = bytes < queued(f) ? bytes : queued(f);

	f->start += first;
	*data += bytes - first;
	*len -= bytes - first;
	f->give_up_at = clock_after(clock_now(), f->patience);
	if (f->start == f->end)
		f->start = f->end = 0;
}

/* Standard error may have taken a line, and written only a part of it. False with errno. */
static bool
write_line_end(struct outfile *f)
{
	f->mid_line = f->standard != NULL && f->standard->write("", 0) == -1;
	return !f->mid_line || errno == EAGAIN;
}

/*
 * Writes the queue, and then data, as far as possible without blocking. Updates data and len to
 * what is left of it. False with errno: writing has failed.
 */
static bool
write_on(struct outfile *f, const char **data, size_t *len)
{
	while (queued(f) > 0 || *len > 0) {
		struct iovec parts[2];
		int count = 0;
		ssize_t n;

		if (queued(f) > 0)
			parts[count++] = (struct iovec){f->data + f->start, queued(f)};
		if (*len > 0)
			parts[count++] = (struct iovec){(char *)(uintptr_t)*data, *len};
		n = write_parts(f, parts, count);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno == EAGAIN || errno == EWOULDBLOCK;
		took(f, data, len, (size_t)n);
	}
	return write_line_end(f);
}

/* Adds data to the queue. False with errno. */
static bool
enqueue(struct outfile *f, const char *data, size_t len)
{
	size_t size = f->size > 0 ? f->size : BATCH;
	char *larger;

	if (f->size - f->end < len && f->start > 0) {
		memmove(f->data, f->data + f->start, queued(f));
		f->end = queued(f);
		f->start = 0;
	}
	while (size - f->end < len)
		size *= 2;
	if (size > f->size) {
		larger = realloc(f->data, size);
		if (larger == NULL)
			return false;
		f->data = larger;
		f->size = size;
	}
	memcpy(f->data + f->end, data, len);
	f->end += len;
	return true;
}

/* Removes what is in the file from before, if it is to be removed. False with errno. */
static bool
remove_old(struct outfile *f)
{
	const bool old = f->old;

	f->old = false;
	return !old || ftruncate(f->fd, 0) == 0;
}

/* Writes what can be written of the queue and data, and queues the rest. */
static void
write_out(struct outfile *f, const char *data, size_t len)
{
	if (!remove_old(f) || !write_on(f, &data, &len) || (len > 0 && !enqueue(f, data, len))) {
		fail(f);
		return;
	}
	if (f->size > KEPT && queued(f) == 0)
		free_queue(f);
	loop_changed(&f->task);
	set_blocked(f, queued(f) > 0 || f->mid_line);
}

static size_t
outfile_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct outfile *f = (const struct outfile *)task;

	if (room < 1)
		return 1;
	fds[0] = (struct pollfd){.fd = -1};
	if (f->blocked)
		fds[0] = (struct pollfd){
		    .fd = f->standard != NULL ? f->standard->fd() : f->fd, .events = POLLOUT};
	else if (has_to_write(f))
		*deadline = 0;
	if (f->blocked && f->patience > 0)
		*deadline = f->give_up_at;
	return 1;
}

static void
outfile_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct outfile *f = (struct outfile *)task;
	struct loop *loop = f->loop;
	const bool closing = f->patience > 0;

	(void)fds;
	(void)count;
	if (has_to_write(f))
		write_out(f, "", 0);
	if (closing && f->blocked && clock_now() >= f->give_up_at)
		fail_as_stalled(f);
	if (closing && !f->blocked)
		loop_stop(loop);
}

/* A FIFO that nobody reads cannot be opened without waiting for that. */
static bool
open_failed(const char *name, struct error *err)
{
	const int number = errno;
	struct stat st;

	if (number == ENXIO && stat(name, &st) == 0 && S_ISFIFO(st.st_mode))
		return error_set(err, FAULT_LOCAL,
		    "open %s: nothing reads this FIFO; start its reader first", name);
	errno = number;
	return error_errno(err, FAULT_LOCAL, "open %s", name);
}

bool
outfile_open(struct outfile *f, const char *name, bool append,
    const struct outfile_standard *standard, struct loop *loop,
    void (*changed)(void *arg, struct outfile *), void *arg, struct error *err)
{
	const int flags = O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	const bool is_standard = strcmp(name, OUTFILE_STANDARD_ERROR) == 0;

	*f = (struct outfile){
	    .task = {.want = outfile_want, .serve = outfile_serve},
	    .name = is_standard ? "standard error" : name,
	    .standard = is_standard ? standard : NULL,
	    .fd = -1,
	    .append = append,
	    .changed = changed,
	    .arg = arg,
	};
	if (!is_standard && (f->fd = open(name, flags | (append ? O_APPEND : 0), 0666)) == -1)
		return open_failed(name, err);
	f->terminal = isatty(is_standard ? STDERR_FILENO : f->fd);
	if (!loop_add(loop, &f->task, err)) {
		f->fd = descriptor_close(f->fd);
		return false;
	}
	f->loop = loop;
	return true;
}

bool
outfile_is_also(const struct outfile *f, int fd)
{
	struct stat own, other;
	const int flags = fcntl(fd, F_GETFL);

	if (f->fd == -1 || flags == -1 || fstat(f->fd, &own) == -1 || fstat(fd, &other) == -1 ||
	    !S_ISREG(own.st_mode) || own.st_dev != other.st_dev || own.st_ino != other.st_ino)
		return false;
	return !f->append || !(flags & O_APPEND) || (flags & O_ACCMODE) == O_RDONLY;
}

void
outfile_truncate(struct outfile *f)
{
	struct stat st;

	f->old = !f->append && f->fd != -1 && fstat(f->fd, &st) == 0 && S_ISREG(st.st_mode);
	loop_changed(&f->task);
}

void
outfile_put(struct outfile *f, const char *data, size_t len)
{
	if (f->loop == NULL || has_failed(f) || len == 0)
		return;
	/* On standard error the order of data and messages matters. */
	if (!f->blocked && (f->standard != NULL || queued(f) + len >= BATCH)) {
		write_out(f, data, len);
		return;
	}
	if (queued(f) == 0)
		loop_changed(&f->task);
	if (!enqueue(f, data, len))
		fail(f);
}

bool
outfile_has_room(const struct outfile *f)
{
	return !f->blocked;
}

/* Waits until the queue is written. False if the loop cannot run. */
static bool
wait_until_written(struct outfile *f, int64_t patience, struct error *err)
{
	f->patience = patience;
	f->give_up_at = clock_after(clock_now(), patience);
	loop_changed(&f->task);
	loop_resume(f->loop);
	return loop_run(f->loop, err);
}

bool
outfile_close(struct outfile *f, int64_t patience, struct error *err)
{
	bool ran = true;

	if (f->loop == NULL)
		return true;
	/* The loop has not run: nothing has happened that the file could tell of. */
	if (f->old)
		free_queue(f);
	else if (has_to_write(f))
		write_out(f, "", 0);
	if (f->blocked && patience > 0)
		ran = wait_until_written(f, patience, err);
	if (f->blocked && ran)
		fail_as_stalled(f);
	if (f->fd != -1 && close(f->fd) == -1 && errno != EINTR) {
		f->fd = -1;
		fail(f);
	}
	f->fd = -1;
	loop_remove(f->loop, &f->task);
	f->loop = NULL;
	free_queue(f);
	if (ran && has_failed(f))
		*err = f->error;
	return ran && !has_failed(f);
}
