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
retry_start(struct retry *r, struct loop *loop, const struct options *o, void (*again)(void *),
    void (*given_up)(void *, const struct error *), void *arg)
{
	*r = (struct retry){
	    .options = o,
	    .loop = loop,
	    .until = CLOCK_NEVER,
	    .again = again,
	    .given_up = given_up,
	    .arg = arg,
	};
	if (o->retry != DURATION_UNSET && o->retry != CLOCK_NEVER)
		r->until = clock_after(clock_now(), o->retry);
}

void
retry_stop(struct retry *r)
{
	timer_stop(&r->timer);
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

/* The pause is over, or the time is up. */
static void
retry_fire(void *arg)
{
	struct retry *r = arg;
	struct error error;
	char text[32];

	if (clock_now() < r->until) {
		r->again(r->arg);
		return;
	}
	error_set(&error, FAULT_TIME, "%s: given up after %s", r->cause.text,
	    duration_text(text, r->options->retry));
	r->given_up(r->arg, &error);
}

bool
retry_later(struct retry *r, const struct error *cause)
{
	struct error error;
	int64_t at;

	if (r->options->retry == DURATION_UNSET || !may_pass(cause))
		return false;
	at = clock_min(clock_now() + backoff_next(&r->backoff), r->until);
	tell(r, cause);
	r->cause = *cause;
	if (!timer_start(&r->timer, r->loop, at, retry_fire, r, &error))
		r->given_up(r->arg, &error);
	return true;
}
