#include "net/stdio_watch.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/given.h"

/* Without events, poll(2) still reports an error. */
static size_t
stdio_watch_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	(void)task;
	(void)deadline;
	if (room > 0)
		fds[0] = (struct pollfd){.fd = STDOUT_FILENO};
	return 1;
}

static void
stdio_watch_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct stdio_watch *watch = (struct stdio_watch *)task;
	struct error error;

	(void)fds;
	(void)count;
	errno = EPIPE;
	error_errno(&error, FAULT_STANDARD, "write to standard output");
	watch->gone(watch->arg, &error);
}

bool
stdio_watch(struct stdio_watch *watch, struct loop *loop,
    void (*gone)(void *arg, const struct error *), void *arg, struct error *err)
{
	struct stat st;

	*watch = (struct stdio_watch){
	    .task = {.want = stdio_watch_want, .serve = stdio_watch_serve},
	    .gone = gone,
	    .arg = arg,
	};
	if (fstat(STDOUT_FILENO, &st) == -1)
		return error_errno(err, FAULT_STANDARD, "standard output");
	return !given_has_reader(STDOUT_FILENO, &st) || loop_add(loop, &watch->task, err);
}
