#include "mode/places.h"

#include "base/clock.h"

/* How many programs of clients that were dropped may not have exited yet. */
#define LEAVING_MAX 100

/* How long a client that has finished may wait for its answer before it is dropped for others. */
#define IDLE_LEAST (100 * CLOCK_MS)

/* How long a full server lets others wait before it refuses them. */
#define BURST_LONGEST (1 * CLOCK_S)

void
places_open(struct places *p, size_t most)
{
	*p = (struct places){.most = most};
	TAILQ_INIT(&p->queue);
}

static size_t *
count_of(struct places *p, enum client_state state)
{
	if (state == CLIENT_ACTIVE)
		return &p->active;
	return state == CLIENT_IDLE ? &p->idle : &p->leaving;
}

static void
enter(struct places *p, struct client *c, enum client_state state)
{
	c->state = state;
	++*count_of(p, state);
	if (state != CLIENT_IDLE)
		return;
	c->idle_since = clock_now();
	TAILQ_INSERT_TAIL(&p->queue, c, idle_link);
}

void
places_free(struct places *p, struct client *c)
{
	--*count_of(p, c->state);
	if (c->state == CLIENT_IDLE)
		TAILQ_REMOVE(&p->queue, c, idle_link);
}

void
places_take(struct places *p, struct client *c)
{
	if (p->idle >= p->most)
		(void)places_make_room(p);
	enter(p, c, CLIENT_ACTIVE);
}

void
places_change(struct places *p, struct client *c, enum client_state state)
{
	/* One that was dropped stays that. */
	if (c->state == state || c->state == CLIENT_LEAVING)
		return;
	places_free(p, c);
	enter(p, c, state);
}

void
places_drop(struct places *p, struct client *c, const struct error *cause)
{
	places_change(p, c, CLIENT_LEAVING);
	client_drop(c, cause);
}

/* The client that finished longest ago and may be dropped now; NULL: there is none. */
static struct client *
oldest(const struct places *p)
{
	const int64_t now = clock_now();
	struct client *c;

	TAILQ_FOREACH(c, &p->queue, idle_link)
		if (now < c->idle_since + IDLE_LEAST || client_may_drop(c))
			break;
	return c != NULL && now < c->idle_since + IDLE_LEAST ? NULL : c;
}

bool
places_make_room(struct places *p)
{
	struct client *c = oldest(p);
	struct error error;

	if (c == NULL)
		return false;
	error_set(
	    &error, FAULT_PEER, "dropped %s: it had finished, and its place was needed", c->name);
	places_drop(p, c, &error);
	return true;
}

bool
places_have_idle(const struct places *p)
{
	return p->idle > 0;
}

bool
places_full(struct places *p, bool *wait)
{
	const bool full = p->active >= p->most || p->leaving >= LEAVING_MAX ||
			  (p->idle >= p->most && oldest(p) == NULL);
	const int64_t now = clock_now();

	if (!full)
		p->full_since = 0;
	else if (p->full_since == 0)
		p->full_since = now;
	*wait = full && p->most > 0 && now < clock_after(p->full_since, BURST_LONGEST);
	return full;
}
