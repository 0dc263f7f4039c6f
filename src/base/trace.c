#include "base/trace.h"

#include <stdarg.h>
#include <stdio.h>

#define TEXT ((size_t)768)

void
trace(const struct tracer *tracer, const char *fmt, ...)
{
	char text[TEXT];
	va_list args;

	if (tracer == NULL)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	event_tell(tracer->observer,
	    (struct event){
		.kind = EVENT_TRACE, .name = tracer->name, .text = text, .meaning = tracer->about});
}
