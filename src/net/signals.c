#include "net/signals.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "net/descriptor.h"

/*
 * Theory of operation. While strait has something to clean up, a signal that would kill it is
 * caught: it stops the loop, and after the cleaning up strait restores the default action and
 * raises the signal again. The first process of a system or container (PID 1) cannot die of a
 * signal: one without a handler is not delivered to it, and raise(3) has no effect. So PID 1 has
 * handlers from the start, and exits with 128 plus the signal's number.
 *
 * SIGUSR1 ends nothing: the user asks how far things are. It must not cost a run anything that
 * never gets it. So its handler interrupts the poller, and writes to the self-pipe only if there is
 * one for other signals.
 */

/*
 * The signals that terminate a process by default; the real-time ones are added to them. SIGPIPE
 * and SIGXFSZ are ignored. SIGSEGV and the like keep their default action: a program that has
 * crashed must not go on to remove files.
 */
static const int terminating[] = {
    SIGINT,
    SIGTERM,
    SIGHUP,
    SIGQUIT,
    SIGALRM,
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

/* The signals by which the user asks how far things are. */
static const int asking[] = {
    SIGUSR1,
#ifdef SIGINFO
    SIGINFO,
#endif
};
#define ASKING (sizeof(asking) / sizeof(asking[0]))

/* The writing end of the self-pipe: the handler writes the signal's number into it. */
static volatile sig_atomic_t wake_fd = -1;

static void
wake(int number)
{
	const int keep = errno;
	const unsigned char byte = (unsigned char)number;

	(void)!write(wake_fd, &byte, 1);
	errno = keep;
}

/* The poller is interrupted; with many descriptors only the pipe does that without fail. */
static void
ask(int number)
{
	poller_interrupt();
	if (wake_fd != -1)
		wake(number);
}

static bool
is_asking(int number)
{
	for (size_t i = 0; i < ASKING; i++)
		if (number == asking[i])
			return true;
	return false;
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

/* Reads the self-pipe. Returns whether a terminating signal has come. */
static bool
signals_look(struct signals *s)
{
	unsigned char numbers[64];
	const ssize_t n = read(s->in, numbers, sizeof(numbers));
	bool children = false, terminate = false;

	for (ssize_t i = 0; i < n; i++)
		if (numbers[i] == SIGCHLD) {
			children = true;
		} else if (!is_asking(numbers[i])) {
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

/* Sets the handler of a signal, unless it was ignored when strait started. */
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

/* Exits with the status that a shell reports for a death by this signal. */
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
	    .dying = s->dying,
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
	poller_expect_interrupts(false);
	return true;
}

void
signals_ask(struct loop *loop, void (*asked)(void *arg), void *arg)
{
	struct sigaction before, action = {.sa_handler = ask, .sa_flags = SA_RESTART};

	loop_on_interrupt(loop, asked, arg);
	poller_expect_interrupts(wake_fd == -1);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < ASKING; i++)
		if (sigaction(asking[i], &action, &before) == 0 && before.sa_handler == SIG_IGN)
			sigaction(asking[i], &before, NULL);
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
	/* It may have been blocked before exec(2). */
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
	/* A signal may have come after the loop had ended. */
	(void)signals_look(s);
	loop_remove(s->loop, &s->task);
	s->loop = NULL;
	s->in = descriptor_close(s->in);
	wake_fd = descriptor_close(wake_fd);
	if (s->caught == 0)
		return;
	if (s->dying != NULL)
		s->dying(s->caught);
	raise(s->caught);
	/* Still alive, because the signal is blocked: this must not look like a success. */
	die(s->caught);
}
