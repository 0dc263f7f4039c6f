#include "net/signals.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "net/descriptor.h"

static const int terminating[] = {SIGINT, SIGTERM, SIGHUP};
#define TERMINATING (sizeof(terminating) / sizeof(terminating[0]))

/* The writing end of the pipe through which the handler speaks to the loop. */
static volatile sig_atomic_t wake_fd = -1;

static void
wake(int number)
{
	const int keep = errno;
	const unsigned char byte = (unsigned char)number;

	(void)!write(wake_fd, &byte, 1);
	errno = keep;
}

static size_t
signals_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct signals *s = (const struct signals *)task;

	(void)deadline;
	if (room > 0)
		fds[0] = (struct pollfd){.fd = s->in, .events = POLLIN};
	return 1;
}

/* Takes note of the signals that the handler has told of. Whether there was one to end by. */
static bool
signals_look(struct signals *s)
{
	unsigned char numbers[64];
	const ssize_t n = read(s->in, numbers, sizeof(numbers));
	bool children = false, terminate = false;

	for (ssize_t i = 0; i < n; i++)
		if (numbers[i] == SIGCHLD) {
			children = true;
		} else {
			terminate = true;
			s->caught = s->caught != 0 ? s->caught : numbers[i];
		}
	if (children && s->child != NULL)
		s->child(s->arg);
	return terminate;
}

static void
signals_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct signals *s = (struct signals *)task;

	(void)fds;
	(void)count;
	if (signals_look(s))
		loop_stop(s->loop);
}

/* Sets a handler for each of the signals that nobody has asked to ignore. */
static void
handle(void (*handler)(int))
{
	struct sigaction now, action = {.sa_handler = handler, .sa_flags = SA_RESTART};

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < TERMINATING; i++)
		if (sigaction(terminating[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaction(terminating[i], &action, NULL);
}

bool
signals_catch(struct signals *s, struct loop *loop, struct error *err)
{
	int fds[2];

	if (s->loop != NULL)
		return true;
	*s = (struct signals){
	    .task = {.want = signals_want, .serve = signals_serve},
	    .loop = loop,
	    .in = -1,
	};
	if (descriptor_pipe(fds) == -1) {
		s->loop = NULL;
		return error_errno(err, FAULT_LOCAL, "pipe");
	}
	s->in = fds[0];
	wake_fd = fds[1];
	if (!loop_add(loop, &s->task, err)) {
		signals_release(s);
		return false;
	}
	handle(wake);
	return true;
}

void
signals_children(struct signals *s, void (*child)(void *arg), void *arg)
{
	struct sigaction action = {.sa_handler = wake, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
	sigset_t mask;

	s->child = child;
	s->arg = arg;
	sigemptyset(&action.sa_mask);
	sigaction(SIGCHLD, &action, NULL);
	/* Whoever became strait may have blocked it. */
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
}

void
signals_release(struct signals *s)
{
	if (s->loop == NULL)
		return;
	handle(SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	s->child = NULL;
	/* One may have come when the loop had ended already. */
	(void)signals_look(s);
	loop_remove(s->loop, &s->task);
	s->loop = NULL;
	s->in = descriptor_close(s->in);
	wake_fd = descriptor_close(wake_fd);
	if (s->caught != 0)
		raise(s->caught);
}
