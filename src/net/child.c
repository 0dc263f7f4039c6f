#include "net/child.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "base/clock.h"
#include "net/timer.h"

/*
 * Theory of operation. A program is started without copying this process. The portable way is
 * posix_spawn(3). On Linux the same is done by hand with vfork(2), because the child has to call
 * prctl(2) itself: PR_SET_PDEATHSIG makes the kernel send it SIGHUP when strait dies, even of
 * SIGKILL. After vfork(2) parent and child share their memory, and the parent is suspended until
 * the child has called exec(2) or _exit(2): no signal may be handled meanwhile, and the child
 * reports a failure by setting a variable.
 */

/* How long programs have to exit after SIGHUP. */
#define PATIENCE (2 * CLOCK_S)

#if defined(__linux__) && !defined(PORTABLE)

static void
default_signals(void)
{
	/* Fails for some numbers, such as SIGKILL. */
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
}

/* In the child: runs the program. Returns, with errno, only if that fails. */
static void
become(char *const argv[], char *const environment[], int in, int out, pid_t parent)
{
	sigset_t none;

	(void)setsid();
	default_signals();
	prctl(PR_SET_PDEATHSIG, SIGHUP);
	if (getppid() != parent)
		_exit(0);
	if (dup2(in, STDIN_FILENO) == -1 || dup2(out, STDOUT_FILENO) == -1)
		return;
	closefrom(STDERR_FILENO + 1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvpe(argv[0], argv, environment);
}

/* Returns 0 or an errno. */
static int
spawn(pid_t *pid, char *const argv[], char *const environment[], int in, int out)
{
	const pid_t parent = getpid();
	volatile int failure = 0;
	sigset_t all, before;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	*pid = vfork();
	if (*pid == 0) {
		become(argv, environment, in, out, parent);
		failure = errno;
		_exit(127);
	}
	if (*pid == -1)
		failure = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (failure != 0 && *pid != -1)
		waitpid(*pid, NULL, 0);
	return failure;
}

#else

/* A new session where the system can do that, else at least a new process group. */
#ifdef POSIX_SPAWN_SETSID
#define OWN POSIX_SPAWN_SETSID
#else
#define OWN POSIX_SPAWN_SETPGROUP
#endif

/* Returns 0 or an errno. */
static int
spawn(pid_t *pid, char *const argv[], char *const environment[], int in, int out)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t all, none;
	int failure;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, OWN | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	failure = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	if (failure == 0)
		failure = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
#ifdef __GLIBC__
	/* strait's own are closed on exec; these are the ones that it inherited. */
	if (failure == 0)
		failure = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
#endif
	if (failure == 0)
		failure = posix_spawnp(pid, argv[0], &actions, &attributes, argv, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return failure;
}

#endif

static struct child *
child_find(const struct children *children, pid_t pid)
{
	struct child *child;

	LIST_FOREACH(child, &children->list, link)
		if (child->pid == pid)
			return child;
	return NULL;
}

static void
reap(void *arg)
{
	struct children *children = arg;
	struct child *child;
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		child = child_find(children, pid);
		/* The process that called exec(2) to become strait may have left children. */
		if (child == NULL)
			continue;
		LIST_REMOVE(child, link);
		child->pid = 0;
		if (children->closing == NULL)
			child->exited(child->arg, status);
	}
	if (children->closing != NULL && LIST_EMPTY(&children->list))
		loop_stop(children->closing);
}

void
children_watch(struct children *children, struct signals *signals)
{
	*children = (struct children){0};
	signals_children(signals, reap, children);
}

bool
child_start(struct child *child, struct children *children, char *const argv[],
    char *const environment[], int in, int out, void (*exited)(void *, int), void *arg,
    struct error *err)
{
	const int failure = spawn(&child->pid, argv, environment, in, out);

	if (failure != 0) {
		child->pid = 0;
		errno = failure;
		return error_errno(err, FAULT_LOCAL, "run %s", argv[0]);
	}
	child->exited = exited;
	child->arg = arg;
	LIST_INSERT_HEAD(&children->list, child, link);
	return true;
}

void
child_forget(struct child *child)
{
	if (child->pid > 0)
		LIST_REMOVE(child, link);
	child->pid = 0;
}

void
child_signal(const struct child *child, int number)
{
	if (child->pid <= 0)
		return;
	(void)kill(-child->pid, number);
	/* A stopped process would not see the signal. */
	(void)kill(-child->pid, SIGCONT);
}

static void
signal_all(const struct children *children, int number)
{
	const struct child *child;

	LIST_FOREACH(child, &children->list, link)
		child_signal(child, number);
}

static void
patience_over(void *arg)
{
	signal_all(arg, SIGKILL);
}

void
children_close(struct children *children, struct loop *loop)
{
	struct timer patience;
	struct error error;

	if (LIST_EMPTY(&children->list))
		return;
	children->closing = loop;
	signal_all(children, SIGHUP);
	loop_resume(loop);
	if (timer_start(&patience, loop, clock_after(clock_now(), PATIENCE), patience_over,
		children, &error))
		(void)loop_run(loop, &error);
	timer_stop(&patience);
	/* A second signal to strait ends the wait: kill what is left. */
	signal_all(children, SIGKILL);
}

int
child_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
