#include "mode/slots.h"

#include "base/clock.h"

/* How many dropped clients may still have a program that has not exited. */
#define LEAVING_MAX 100

/* How long a client that has finished may wait for its answer before it can be dropped. */
#define IDLE_LEAST (100 * CLOCK_MS)

/* How long a full server lets new clients wait before it rejects them. */
#define BURST_LONGEST (1 * CLOCK_S)

void
slots_open(struct slots *s, size_t most)
{
	*s = (struct slots){.most = most};
	TAILQ_INIT(&s->queue);
}

static size_t *
count_of(struct slots *s, enum client_state state)
{
	if (state == CLIENT_ACTIVE)
		return &s->active;
	return state == CLIENT_IDLE ? &s->idle : &s->leaving;
}

static void
enter(struct slots *s, struct client *c, enum client_state state)
{
	c->state = state;
	++*count_of(s, state);
	if (state != CLIENT_IDLE)
		return;
	c->idle_since = clock_now();
	TAILQ_INSERT_TAIL(&s->queue, c, idle_link);
}

void
slots_free(struct slots *s, struct client *c)
{
	--*count_of(s, c->state);
	if (c->state == CLIENT_IDLE)
		TAILQ_REMOVE(&s->queue, c, idle_link);
}

void
slots_take(struct slots *s, struct client *c)
{
	if (s->idle >= s->most)
		(void)slots_make_room(s);
	enter(s, c, CLIENT_ACTIVE);
}

void
slots_change(struct slots *s, struct client *c, enum client_state state)
{
	/* A dropped client never becomes active or idle again. */
	if (c->state == state || c->state == CLIENT_LEAVING)
		return;
	slots_free(s, c);
	enter(s, c, state);
}

void
slots_drop(struct slots *s, struct client *c, const struct error *cause)
{
	slots_change(s, c, CLIENT_LEAVING);
	client_drop(c, cause);
}

/* The client that finished longest ago, among those that may be dropped now; NULL: none. */
static struct client *
oldest(const struct slots *s)
{
	const int64_t now = clock_now();
	struct client *c;

	TAILQ_FOREACH(c, &s->queue, idle_link)
		if (now < c->idle_since + IDLE_LEAST || client_may_drop(c))
			break;
	return c != NULL && now < c->idle_since + IDLE_LEAST ? NULL : c;
}

bool
slots_make_room(struct slots *s)
{
	struct client *c = oldest(s);
	struct error error;

	if (c == NULL)
		return false;
	error_set(
	    &error, FAULT_PEER, "dropped %s: it had finished, and its place was needed", c->name);
	slots_drop(s, c, &error);
	return true;
}

bool
slots_have_idle(const struct slots *s)
{
	return s->idle > 0;
}

bool
slots_full(struct slots *s, bool *wait)
{
	const bool full = s->active >= s->most || s->leaving >= LEAVING_MAX ||
			  (s->idle >= s->most && oldest(s) == NULL);
	const int64_t now = clock_now();

	if (!full)
		s->full_since = 0;
	else if (s->full_since == 0)
		s->full_since = now;
	*wait = full && s->most > 0 && now < clock_after(s->full_since, BURST_LONGEST);
	return full;
}
