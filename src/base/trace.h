#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include "base/event.h"

/* Who is told what is decided, and about what. Where nothing is traced there is no tracer. */
struct tracer {
	struct observer *observer;
	const char *name;  /* of the peer */
	const char *about; /* the part that decides, such as "out lane"; NULL: all of it */
};

/* Tells the observer of EVENT_TRACE with a formatted text. Does nothing if the tracer is NULL. */
void trace(const struct tracer *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
