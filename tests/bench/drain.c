/* drain: reads to the end. Says how many bytes there were, and when the last of them came. */
#include <err.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"

int
main(void)
{
	static char buffer[1 << 20];
	double last = seconds();
	size_t total = 0;
	ssize_t got;

	while ((got = read(STDIN_FILENO, buffer, sizeof(buffer))) > 0) {
		last = seconds();
		total += (size_t)got;
	}
	if (got == -1)
		err(1, "read");
	fprintf(stderr, "%zu %f\n", total, last);
	return 0;
}
