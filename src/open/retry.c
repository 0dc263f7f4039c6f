#include "open/retry.h"

#include <errno.h>

#include "base/clock.h"
#include "base/number.h"

/*
 * The kernel sends SYN again after 1, 3, 7, 15 s and so on. A new attempt starts from the
 * beginning, so that a host that comes up late is found soon.
 */
#define ATTEMPT_LONGEST (3 * CLOCK_S)

void
retry_start(struct retry *r, struct loop *loop, const struct retry_rules *rules,
    void (*again)(void *), void (*tell)(void *, const struct error *),
    void (*given_up)(void *, const struct error *), void *arg)
{
	*r = (struct retry){
	    .rules = *rules,
	    .loop = loop,
	    .until = rules->again ? clock_after(clock_now(), rules->limit) : CLOCK_NEVER,
	    .again = again,
	    .tell = tell,
	    .given_up = given_up,
	    .arg = arg,
	};
}

void
retry_stop(struct retry *r)
{
	timer_stop(&r->timer);
}

int64_t
retry_wait(const struct retry *r)
{
	return r->rules.again && r->rules.wait < 0 ? ATTEMPT_LONGEST : r->rules.wait;
}

int64_t
retry_deadline(const struct retry *r)
{
	return clock_min(clock_after(clock_now(), retry_wait(r)), r->until);
}

/* Whether a later try may succeed: the peer may start, and a name or path may come to exist. */
static bool
may_pass(const struct error *cause)
{
	return cause->fault == FAULT_PEER || cause->fault == FAULT_TIME ||
	       cause->fault == FAULT_NAME || cause->number == ENOENT;
}

static void
tell_cause(struct retry *r, const struct error *cause)
{
	const int what = cause->number != 0 ? cause->number : -(int)cause->fault;

	if (r->tell != NULL && what != r->last_reported)
		r->tell(r->arg, cause);
	r->last_reported = what;
}

/* The pause is over, or the time limit is reached. */
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
	error_set(&error, FAULT_TIME, "%s: gave up after %s", r->cause.text,
	    duration_text(text, r->rules.limit));
	r->given_up(r->arg, &error);
}

bool
retry_later(struct retry *r, const struct error *cause)
{
	struct error error;
	int64_t at;

	if (!r->rules.again || !may_pass(cause))
		return false;
	at = clock_min(clock_now() + backoff_next(&r->backoff), r->until);
	tell_cause(r, cause);
	r->cause = *cause;
	if (!timer_start(&r->timer, r->loop, at, retry_fire, r, &error))
		r->given_up(r->arg, &error);
	return true;
}
