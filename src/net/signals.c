#include "net/signals.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "net/descriptor.h"

/*
 * Theory of operation. As long as there is something to remove, a signal that would end strait is
 * an event of the loop, which ends, and strait then dies of it as if it had never been caught. The
 * first process of a system or of a container (PID 1) cannot die so: what has no handler does not
 * reach it, and raise(3) does nothing. It has one all along, and ends by exit status.
 */

/*
 * Those that end a program, and are no error of its own: SIGPIPE and SIGXFSZ are ignored, and of
 * SIGSEGV and the like nobody should go on to remove anything. The real-time ones come with them.
 */
static const int terminating[] = {
    SIGINT,
    SIGTERM,
    SIGHUP,
    SIGQUIT,
    SIGALRM,
    SIGUSR1,
    SIGUSR2,
    SIGVTALRM,
    SIGPROF,
    SIGXCPU,
#ifdef SIGPOLL
    SIGPOLL,
#endif
#ifdef SIGPWR
    SIGPWR,
#endif
#ifdef SIGSTKFLT
    SIGSTKFLT,
#endif
};
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

/* Sets the handler of a signal, unless somebody has asked to ignore it. */
static void
handle_one(int number, void (*handler)(int))
{
	struct sigaction now, action = {.sa_handler = handler, .sa_flags = SA_RESTART};

	sigemptyset(&action.sa_mask);
	if (sigaction(number, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
		sigaction(number, &action, NULL);
}

static void
handle(void (*handler)(int))
{
	for (size_t i = 0; i < TERMINATING; i++)
		handle_one(terminating[i], handler);
#ifdef SIGRTMIN
	for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
		handle_one(number, handler);
#endif
}

/* The status is what a shell makes of a death by the signal. */
static void
die(int number)
{
	_exit(128 + number);
}

void
signals_begin(void)
{
	if (getpid() == 1)
		handle(die);
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
	handle(getpid() == 1 ? die : SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	s->child = NULL;
	/* One may have come when the loop had ended already. */
	(void)signals_look(s);
	loop_remove(s->loop, &s->task);
	s->loop = NULL;
	s->in = descriptor_close(s->in);
	wake_fd = descriptor_close(wake_fd);
	if (s->caught == 0)
		return;
	raise(s->caught);
	/* Whatever has kept us alive, it does not make this a success. */
	die(s->caught);
}
