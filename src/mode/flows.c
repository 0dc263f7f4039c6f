#include "mode/flows.h"

#include "base/clock.h"
#include "mode/say.h"
#include "net/descriptor.h"

/* How long a session has at least, before it gives way to others. */
#define SESSION_LEAST (100 * CLOCK_MS)

/* How long is waited until the same is said again. */
#define TELL_AGAIN (60 * CLOCK_S)

static struct client *
client_of(struct flow *flow)
{
	return (
	    struct client *)(void *)((char *)flow - offsetof(struct client, connection.own.flow));
}

/*
 * Whether the session that has been silent longest has given way; not before *again, if that is set
 * then. One that has just begun has not had the time to be answered.
 */
static bool
oldest_gives_way(struct flows *s, int64_t *again)
{
	struct flow *oldest = TAILQ_FIRST(&s->demux.by_age);
	const int64_t now = clock_now();
	struct error error;
	struct client *c;

	if (oldest == NULL)
		return false;
	if (now < oldest->active_at + SESSION_LEAST) {
		*again = oldest->active_at + SESSION_LEAST;
		return false;
	}
	if (!s->told_full)
		notice("there are %zu sessions: the one that has been silent longest gives way",
		    s->demux.count);
	s->told_full = true;
	c = client_of(oldest);
	error_set(&error, FAULT_TIME, "%s gave way: it was silent longest", c->name);
	places_drop(s->places, c, &error);
	return true;
}

bool
flows_make_room(struct flows *s, int descriptors, int64_t *again)
{
	const size_t most = s->places->most;
	/* Programs that do not go although they were told to may take as many places again. */
	const size_t gone = s->places->leaving + s->places->idle;

	if (gone >= most) {
		if (!s->told_lost)
			notice("a datagram is lost: %zu programs have not ended yet", gone);
		s->told_lost = true;
		return false;
	}
	while (s->demux.count >= most || !descriptor_spare(descriptors))
		if (!oldest_gives_way(s, again))
			break;
	return *again == 0;
}

bool
flows_tell_failure(struct flows *s)
{
	const int64_t now = clock_now();

	if (s->told_failure != 0 && now < s->told_failure + TELL_AGAIN)
		return false;
	s->told_failure = now;
	return true;
}
