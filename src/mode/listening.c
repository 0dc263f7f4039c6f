#include "mode/listening.h"

#include "mode/inherit.h"
#include "open/resolve.h"

static bool
find_addresses(struct addresses *out, const struct options *o, struct error *err)
{
	const struct lookup lookup = options_lookup(o);
	size_t max;

	if (o->local) {
		out->count = 1;
		address_local(&out->list[0], o->path, &max);
		return true;
	}
	if (!resolve(out, &lookup, err))
		return false;
	/* Nothing would listen at an address that was left out. */
	return out->left_out == 0 ||
	       error_set(err, FAULT_LOCAL, "listen on %s: it has %zu addresses, more than %d",
		   o->host, out->count + out->left_out, ADDRESSES_MAX);
}

bool
listening_open(
    struct listener *l, const struct options *o, const struct settings *settings, struct error *err)
{
	struct addresses addresses;

	if (o->inherit != INHERIT_NOTHING)
		return listener_inherit(
		    l, o->inherited_first, o->inherited_count, options_many(o), settings, err);
	return find_addresses(&addresses, o, err) &&
	       listener_open(l, &addresses, options_type(o), options_many(o), settings, err);
}

void
listening_tell(const struct listener *l, const struct options *o, struct observer *observer)
{
	const bool picked = !o->local && o->inherit == INHERIT_NOTHING && o->port_number == 0;
	const int offered = o->inherit == INHERIT_NOTHING ? inherit_offered() : 0;
	char text[ADDRESS_TEXT];

	if (offered > 0)
		event_tell(
		    observer, (struct event){.kind = EVENT_OFFERED, .count = (uint64_t)offered});
	for (size_t i = 0; i < l->count; i++)
		event_tell(
		    observer, (struct event){.kind = o->datagrams ? EVENT_BOUND : EVENT_LISTENING,
				  .name = address_text(text, &l->bound[i]),
				  .address = &l->bound[i],
				  .datagrams = o->datagrams,
				  .always = picked});
}

char *
listening_name(char buf[static ADDRESS_TEXT], const struct listener *l, const struct peer *peer)
{
	size_t i = 0;

	/* A unix client without an address of its own goes by the server's path. */
	if (address_family(&peer->address) != AF_UNIX ||
	    (l->type == SOCK_DGRAM && address_named(&peer->address)))
		return address_text(buf, &peer->address);
	while (i + 1 < l->count && address_family(&l->bound[i]) != AF_UNIX)
		i++;
	return address_text(buf, &l->bound[i]);
}
