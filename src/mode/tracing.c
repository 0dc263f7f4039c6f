#include "mode/tracing.h"

#include <bsd/string.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "mode/say.h"

#define TEXT ((size_t)768)

/* What a look-up has found. */
static void
describe_lookup(char out[static TEXT], const struct event *e)
{
	const double ms = (double)e->duration / (double)CLOCK_MS;
	char host[ADDRESS_TEXT];

	if (e->error != NULL && e->error->fault != FAULT_NONE) {
		snprintf(out, TEXT, "look-up: %s", e->error->text);
		return;
	}
	snprintf(out, TEXT, "looked up in %.3f ms:", ms);
	for (size_t i = 0; i < e->list_count; i++) {
		strlcat(out, " ", TEXT);
		strlcat(out, address_host(host, &e->list[i]), TEXT);
	}
}

/* Whether there is something to say of the event. */
static bool
describe(char out[static TEXT], const struct event *e)
{
	const double ms = (double)e->duration / (double)CLOCK_MS;

	out[0] = '\0';
	if (e->kind == EVENT_TRACE)
		snprintf(out, TEXT, "%s%s%s", e->meaning != NULL ? e->meaning : "",
		    e->meaning != NULL ? ": " : "", e->text);
	else if (e->kind == EVENT_LOOKUP)
		describe_lookup(out, e);
	else if (e->kind == EVENT_CONNECTING)
		snprintf(out, TEXT, "connecting");
	else if (e->kind == EVENT_CONNECT_FAILED)
		snprintf(out, TEXT, "failed after %.3f ms: %s", ms, e->error->text);
	else if (e->kind == EVENT_CONNECTED)
		snprintf(out, TEXT, "connected in %.3f ms", ms);
	else if (e->kind == EVENT_RETRY)
		snprintf(out, TEXT, "trying again: %s", e->error->text);
	return out[0] != '\0';
}

void
tracing_print(const struct event *e, int64_t began)
{
	const int64_t us = (clock_now() - began) / (CLOCK_MS / 1000);
	char text[TEXT];

	if (describe(text, e))
		notice("trace: %" PRId64 ".%06" PRId64 " %s%s%s", us / 1000000, us % 1000000,
		    e->name != NULL ? e->name : "", e->name != NULL ? ": " : "", text);
}
