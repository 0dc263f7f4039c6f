#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
error_set(struct error *err, enum fault fault, const char *fmt, ...)
{
	va_list args;

	err->fault = fault;
	err->number = 0;
	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	return false;
}

bool
error_errno(struct error *err, enum fault fault, const char *fmt, ...)
{
	const int number = errno;
	va_list args;
	size_t used;

	err->fault = fault;
	err->number = number;
	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s", strerror(number));
	errno = number;
	return false;
}
