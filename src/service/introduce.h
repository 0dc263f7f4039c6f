#ifndef SERVICE_INTRODUCE_H
#define SERVICE_INTRODUCE_H

#include "base/trace.h"
#include "net/stdio.h"
#include "open/connection.h"

/* What the sides of a conversation are, as lines for --trace. Without a tracer these do nothing. */

/* side: "near" or "far". */
void introduce_connection(const struct tracer *, const char *side, const struct connection *);

void introduce_stdio(const struct tracer *, const struct stdio *);

#endif
