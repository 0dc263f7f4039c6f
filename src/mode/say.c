#include "mode/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE 1024

static void
put_line(const char *prefix, const char *fmt, va_list args)
{
	char line[LINE];
	size_t used = (size_t)snprintf(line, sizeof(line), "%s", prefix);

	vsnprintf(line + used, sizeof(line) - used - 1, fmt, args);
	used = strlen(line);
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
