#ifndef MODE_TRACING_H
#define MODE_TRACING_H

#include "base/event.h"

/*
 * Prints what --trace says of an event, with the time since the start (began, as clock_now): what
 * was decided, or how connecting goes on. Of other events it says nothing.
 */
void tracing_print(const struct event *, int64_t began);

#endif
