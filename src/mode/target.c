#include "mode/target.h"

#include "base/clock.h"

/* A unix socket that is to be answered needs a name: -s, or one for datagrams alone. */
static bool
open_local(struct target *t, struct error *err)
{
	const struct options *o = t->options;
	size_t max;

	t->found.count = 1;
	address_local(&t->found.list[0], o->path, &max);
	if (o->source == NULL && (!o->datagrams || o->scan))
		return true;
	if (!signals_catch(t->signals, t->loop, err))
		return false;
	if (o->source != NULL)
		address_local(&t->name.address, o->source, &max);
	else if (!local_private(&t->name, err))
		return false;
	t->origin.from_count = 1;
	t->origin.from[0] = t->name.address;
	return true;
}

bool
target_open(struct target *t, struct loop *loop, const struct options *o,
    const struct settings *settings, struct signals *signals, struct error *err)
{
	*t = (struct target){.options = o, .loop = loop, .settings = *settings, .signals = signals};
	t->origin = (struct origin){
	    .type = options_type(o), .settings = &t->settings, .name = &t->name, .many = o->scan};
	return !o->local || open_local(t, err);
}

/* Leaves out the addresses that can't be reached from where the user wants. */
static bool
keep_reachable(struct target *t, const struct addresses *found, struct error *err)
{
	t->found.count = 0;
	for (size_t i = 0; i < found->count; i++)
		if (t->origin.from_count == 0 || origin_for(&t->origin, &found->list[i]) != NULL)
			t->found.list[t->found.count++] = found->list[i];
	return t->found.count > 0 ||
	       error_set(err, FAULT_LOCAL, "-s %s: %s has no address of its family",
		   t->options->source, t->options->host);
}

static void
host_found(void *arg, const struct addresses *found, const struct error *failure)
{
	struct target *t = arg;
	struct error error;

	if (found != NULL && !keep_reachable(t, found, &error))
		failure = &error;
	t->done(t->arg, failure);
}

static bool
find_host(struct target *t, struct error *err)
{
	const struct lookup lookup = options_lookup(t->options);

	return resolver_start(&t->resolver, t->loop, &lookup, t->deadline, host_found, t, err);
}

static void
source_found(void *arg, const struct addresses *found, const struct error *failure)
{
	struct target *t = arg;
	struct error error;

	if (found == NULL) {
		t->done(t->arg, failure);
		return;
	}
	for (size_t i = 0; i < found->count && t->origin.from_count < 2; i++)
		if (origin_for(&t->origin, &found->list[i]) == NULL)
			t->origin.from[t->origin.from_count++] = found->list[i];
	if (!find_host(t, &error))
		t->done(t->arg, &error);
}

bool
target_find(struct target *t, int64_t deadline, void (*done)(void *arg, const struct error *),
    void *arg, struct error *err)
{
	const struct options *o = t->options;
	struct lookup lookup = options_lookup(o);

	t->deadline = deadline;
	t->done = done;
	t->arg = arg;
	if (o->local) {
		done(arg, NULL);
		return true;
	}
	if (t->origin.from_count > 0 || (o->source == NULL && o->source_port == NULL))
		return find_host(t, err);
	lookup.host = o->source;
	lookup.port = o->source_port_number;
	return resolver_start(&t->resolver, t->loop, &lookup, deadline, source_found, t, err);
}

void
target_close(struct target *t)
{
	resolver_stop(&t->resolver);
	local_remove(&t->name);
}
