#include "cli/to_option.h"

#include <string.h>
#include <sys/socket.h>

#include "cli/operands.h"
#include "open/resolve.h"

/* The prefixes of an address. Type 0: that of the listening sockets. */
static const struct to_prefix {
	const char *text;
	bool local;
	int type;
} prefixes[] = {
    {"tcp:", false, SOCK_STREAM},
    {"udp:", false, SOCK_DGRAM},
    {"unix:", true, 0},
    {"unixstream:", true, SOCK_STREAM},
    {"unixgram:", true, SOCK_DGRAM},
};

static const struct to_prefix *
find_prefix(const char *text)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strncmp(text, prefixes[i].text, strlen(prefixes[i].text)) == 0)
			return &prefixes[i];
	return NULL;
}

/* "host:port" or "[host]:port". */
static bool
parse_host_port(struct options *o, const char *text, struct error *err)
{
	struct destination *to = &o->to;
	const char *colon = strrchr(text, ':');
	size_t len = colon != NULL ? (size_t)(colon - text) : 0;

	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	} else if (memchr(text, ':', len) != NULL) {
		len = 0;
	}
	if (len == 0 || len >= sizeof(o->to_host))
		return error_set(err, FAULT_LOCAL,
		    "--to %s: expected host:port, [::1]:port or unix:/path", to->text);
	memcpy(o->to_host, text, len);
	o->to_host[len] = '\0';
	to->host = o->to_host;
	to->port_text = colon + 1;
	return operands_port(o, "--to: port", to->port_text, 1, &to->port, err);
}

/* Reports now what would fail for every client, except names, which are looked up for each. */
static bool
check_to_host(const struct options *o, struct error *err)
{
	const struct destination *to = &o->to;
	const struct lookup lookup = {
	    .host = to->host, .family = AF_UNSPEC, .type = to->type, .numeric = true};
	const int family = o->ipv4 ? AF_INET : o->ipv6 ? AF_INET6 : AF_UNSPEC;
	struct addresses found;

	if (!resolve(&found, &lookup, err))
		return !o->numeric ||
		       error_set(err, FAULT_LOCAL,
			   "--to %s: with -n the host must be a numeric address", to->text);
	return family == AF_UNSPEC || address_family(&found.list[0]) == family ||
	       error_set(err, FAULT_LOCAL, "-%c and --to %s cannot be combined",
		   o->ipv4 ? '4' : '6', to->text);
}

bool
to_option_parse(struct options *o, struct error *err)
{
	const struct to_prefix *prefix = find_prefix(o->to.text);
	struct error inner;
	const char *rest = o->to.text + (prefix != NULL ? strlen(prefix->text) : 0);

	o->to.prefixed = true;
	o->to.family = options_lookup(o).family;
	o->to.numeric = o->numeric;
	o->to.type = prefix != NULL ? prefix->type : o->datagrams ? SOCK_DGRAM : SOCK_STREAM;
	if (o->to.type == 0)
		o->to.type = options_type(o);
	if (prefix == NULL || !prefix->local)
		return parse_host_port(o, rest, err) && check_to_host(o, err);
	o->to.path = rest;
	return operands_path(o->to.path, &inner) ||
	       error_set(err, FAULT_LOCAL, "--to %s", inner.text);
}
