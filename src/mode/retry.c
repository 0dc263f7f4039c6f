#include "mode/retry.h"

#include <errno.h>

#include "base/clock.h"
#include "base/number.h"
#include "mode/say.h"

/*
 * The kernel asks a silent host again after 1, 3, 7, 15 s and so on. A new attempt begins anew, so
 * that a host that comes up late is found soon.
 */
#define ATTEMPT_LONGEST (3 * CLOCK_S)

void
retry_start(struct retry *r, struct loop *loop, const struct options *o)
{
	*r = (struct retry){.options = o, .loop = loop, .until = CLOCK_NEVER};
	if (o->retry != DURATION_UNSET && o->retry != CLOCK_NEVER)
		r->until = clock_after(clock_now(), o->retry);
}

int64_t
retry_wait(const struct retry *r)
{
	const struct options *o = r->options;

	return o->retry != DURATION_UNSET && o->wait < 0 ? ATTEMPT_LONGEST : o->wait;
}

int64_t
retry_deadline(const struct retry *r)
{
	return clock_min(clock_after(clock_now(), retry_wait(r)), r->until);
}

/* Whether time may heal it: nobody is there yet, a name or a path does not exist yet. */
static bool
may_pass(const struct error *cause)
{
	return cause->fault == FAULT_PEER || cause->fault == FAULT_TIME ||
	       cause->fault == FAULT_NAME || cause->number == ENOENT;
}

static void
tell(struct retry *r, const struct error *cause)
{
	const int what = cause->number != 0 ? cause->number : -(int)cause->fault;

	if (r->options->verbose > 0 && what != r->told)
		notice("%s; trying again", cause->text);
	r->told = what;
}

bool
retry_later(struct retry *r, struct error *cause, void (*again)(void *arg), void *arg)
{
	const struct error failed = *cause;
	const int64_t now = clock_now();
	char text[32];

	if (r->options->retry == DURATION_UNSET || !may_pass(cause))
		return false;
	if (now >= r->until) {
		error_set(cause, FAULT_TIME, "%s: given up after %s", failed.text,
		    duration_text(text, r->options->retry));
		return false;
	}
	tell(r, cause);
	return timer_start(&r->timer, r->loop, clock_min(now + backoff_next(&r->backoff), r->until),
	    again, arg, cause);
}
