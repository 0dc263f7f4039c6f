/* roundtrip COUNT: writes 64 bytes to standard output and reads them back from standard input,
 * COUNT times. Says the microseconds of one time. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

#define SIZE 64

static void
read_all(char *data)
{
	for (size_t have = 0; have < SIZE;) {
		const ssize_t got = read(STDIN_FILENO, data + have, SIZE - have);

		if (got == -1)
			err(1, "read");
		if (got == 0)
			errx(1, "the end too early");
		have += (size_t)got;
	}
}

static void
once(long number)
{
	char sent[SIZE] = {0}, got[SIZE];

	memcpy(sent, &number, sizeof(number));
	if (write(STDOUT_FILENO, sent, SIZE) != SIZE)
		err(1, "write");
	read_all(got);
	if (memcmp(sent, got, SIZE) != 0)
		errx(1, "not what was sent");
}

/* The tool ends by itself, rather than by the pipes that break when we do. */
static void
finish(void)
{
	char rest;

	close(STDOUT_FILENO);
	if (read(STDIN_FILENO, &rest, 1) != 0)
		errx(1, "no end after ours");
}

int
main(int argc, char **argv)
{
	const long count = argc == 2 ? atol(argv[1]) : 0;

	if (count <= 0)
		errx(2, "usage: roundtrip COUNT");
	/* The first one waits for the connection as well. */
	once(0);
	const double began = seconds();
	for (long i = 1; i <= count; i++)
		once(i);
	const double took = seconds() - began;
	finish();
	fprintf(stderr, "%f\n", took * 1e6 / (double)count);
	return 0;
}
