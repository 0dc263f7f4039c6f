/* repeat COUNT PROGRAM ARGUMENT...: runs a program COUNT times, one after the other. Says the
 * milliseconds of one time. */
#include <err.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

static volatile pid_t child;

/* Who ends us ends what we have started. */
static void
stop(int number)
{
	if (child > 0)
		kill(child, SIGKILL);
	_exit(128 + number);
}

static void
once(char **argv)
{
	pid_t pid;
	int status;
	const int error = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);

	if (error != 0)
		errx(1, "%s: %s", argv[0], strerror(error));
	child = pid;
	if (waitpid(pid, &status, 0) == -1)
		err(1, "waitpid");
	child = 0;
	if (status != 0)
		errx(1, "%s: status %#x", argv[0], (unsigned)status);
}

int
main(int argc, char **argv)
{
	const long count = argc > 2 ? atol(argv[1]) : 0;

	if (count <= 0)
		errx(2, "usage: repeat COUNT PROGRAM ARGUMENT...");
	signal(SIGTERM, stop);
	const double began = seconds();
	for (long i = 0; i < count; i++)
		once(argv + 2);
	fprintf(stderr, "%f\n", (seconds() - began) * 1e3 / (double)count);
	return 0;
}
