/* memory: copies between buffers that no cache holds. Says how many GiB a second are copied. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define SIZE ((size_t)512 << 20)
#define TIMES 8

static char *
touched(int byte)
{
	char *data = malloc(SIZE);

	if (data == NULL)
		err(1, "memory");
	return memset(data, byte, SIZE);
}

int
main(void)
{
	char *from = touched(1), *to = touched(2);
	/* Copies that nobody looks at might be left out. */
	volatile char seen = 0;
	const double began = seconds();

	for (int i = 0; i < TIMES; i++) {
		from[i] = (char)i;
		memcpy(to, from, SIZE);
		seen = to[SIZE - 1 - (size_t)i];
	}
	(void)seen;
	const double took = seconds() - began;
	fprintf(stderr, "%f\n", (double)SIZE * TIMES / (double)(1 << 30) / took);
	free(from);
	free(to);
	return 0;
}
