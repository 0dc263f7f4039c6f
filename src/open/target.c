#include "open/target.h"

#include <sys/socket.h>

#include "base/clock.h"

/* A unix socket that is to be answered needs a name: the source, or a private one. */
static bool
open_local(struct target *t, struct signals *signals, struct error *err)
{
	const struct destination *to = t->to;
	size_t max;

	t->found.count = 1;
	address_local(&t->found.list[0], to->path, &max);
	if (to->source == NULL && (to->type != SOCK_DGRAM || to->concurrent))
		return true;
	if (!signals_catch(signals, t->loop, err))
		return false;
	if (to->source != NULL)
		address_local(&t->name->address, to->source, &max);
	else if (!local_private(t->name, err))
		return false;
	t->params.from_count = 1;
	t->params.from[0] = t->name->address;
	return true;
}

bool
target_open(struct target *t, struct loop *loop, const struct destination *to,
    struct local_name *name, struct signals *signals, struct error *err)
{
	*t = (struct target){.to = to, .loop = loop, .settings = *to->settings, .name = name};
	t->params = (struct attempt_params){.type = to->type,
	    .settings = &t->settings,
	    .name = name,
	    .concurrent = to->concurrent,
	    /* Of a scan only the results are told. */
	    .observer = to->concurrent ? NULL : to->observer,
	    .unconnected = to->unconnected};
	return to->path == NULL || open_local(t, signals, err);
}

/* Keeps the addresses that can be reached from the source address. */
static bool
keep_reachable(struct target *t, const struct addresses *found, struct error *err)
{
	t->found.count = 0;
	for (size_t i = 0; i < found->count; i++)
		if (t->params.from_count == 0 ||
		    attempt_source(&t->params, &found->list[i]) != NULL)
			t->found.list[t->found.count++] = found->list[i];
	return t->found.count > 0 ||
	       error_set(err, FAULT_LOCAL, "-s %s: %s has no address of its family", t->to->source,
		   t->to->host);
}

/* Ends the look-up. Numbers are found at once: nothing was looked up for them. */
static void
target_done(struct target *t, const struct error *failure)
{
	if (t->turn != t->loop->turns)
		t->looked_up_in = clock_now() - t->began_at;
	if (event_wanted(t->to->observer, EVENT_FOR_PROGRAMS) &&
	    (t->looked_up_in >= 0 || failure != NULL))
		event_tell(t->to->observer, (struct event){.kind = EVENT_LOOKUP,
						.name = t->to->host,
						.duration = t->looked_up_in,
						.list = t->found.list,
						.list_count = failure == NULL ? t->found.count : 0,
						.error = failure,
						.level = EVENT_FOR_PROGRAMS});
	t->done(t->arg, failure);
}

static void
host_found(void *arg, const struct addresses *found, const struct error *failure)
{
	struct target *t = arg;
	struct error error;

	if (found != NULL && !keep_reachable(t, found, &error))
		failure = &error;
	target_done(t, failure);
}

/* Looks up a host, with the destination's family and type. */
static bool
target_look_up(struct target *t, const char *host, uint16_t port,
    void (*found)(void *, const struct addresses *, const struct error *), struct error *err)
{
	const struct lookup lookup = {
	    .host = host,
	    .port = port,
	    .family = t->to->family,
	    .type = t->to->type,
	    .numeric = t->to->numeric,
	};

	return resolver_start(&t->resolver, t->loop, &lookup, t->deadline, found, t, err);
}

static void
source_found(void *arg, const struct addresses *found, const struct error *failure)
{
	struct target *t = arg;
	struct error error;

	if (found == NULL) {
		target_done(t, failure);
		return;
	}
	for (size_t i = 0; i < found->count && t->params.from_count < 2; i++)
		if (attempt_source(&t->params, &found->list[i]) == NULL)
			t->params.from[t->params.from_count++] = found->list[i];
	if (!target_look_up(t, t->to->host, t->to->port, host_found, &error))
		target_done(t, &error);
}

bool
target_find(struct target *t, int64_t deadline, void (*done)(void *arg, const struct error *),
    void *arg, struct error *err)
{
	const struct destination *to = t->to;

	t->deadline = deadline;
	t->began_at = clock_now();
	t->turn = t->loop->turns;
	t->looked_up_in = -1;
	t->done = done;
	t->arg = arg;
	if (to->path != NULL) {
		done(arg, NULL);
		return true;
	}
	if (t->params.from_count == 0 && (to->source != NULL || to->source_port != 0))
		return target_look_up(t, to->source, to->source_port, source_found, err);
	return target_look_up(t, to->host, to->port, host_found, err);
}

void
target_close(struct target *t)
{
	resolver_stop(&t->resolver);
}
