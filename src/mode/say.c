#define LIBBSD_OPENBSD_VIS /* which of two strnvis there is; not used here */

#include "mode/say.h"

#include <bsd/vis.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define LINE 1024

/* One line, in which what is not text, whoever it came from, is made visible. */
static void
put_line(const char *prefix, const char *fmt, va_list args)
{
	char text[LINE], line[4 * LINE + 2];
	size_t used = (size_t)snprintf(text, sizeof(text), "%s", prefix);

	vsnprintf(text + used, sizeof(text) - used, fmt, args);
	/* What was made visible before has backslashes, which stay as they are. */
	used = (size_t)strvis(line, text, VIS_OCTAL | VIS_TAB | VIS_NL | VIS_NOSLASH);
	line[used++] = '\n';
	/* There is nobody left to tell when this fails. */
	(void)!write(STDERR_FILENO, line, used);
}

void
say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	put_line("", fmt, args);
	va_end(args);
}

void
notice(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	put_line("strait: ", fmt, args);
	va_end(args);
}

int
complain(const struct error *error)
{
	notice("%s", error->text);
	return (int)error->fault;
}

int
conclude(const struct error *error, int status)
{
	const int fault = error->fault != FAULT_NONE ? complain(error) : 0;

	return status != 0 ? status : fault;
}
