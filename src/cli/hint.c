#include "cli/hint.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/operands.h"

/* Prefixes of addresses in other tools (and in --to), and the options to use instead. */
static const struct kind {
	const char *prefix, *options;
	bool local;
} kinds[] = {
    {"tcp:", "", false},
    {"udp:", "-u ", false},
    {"unix:", "-U ", true},
    {"unixstream:", "-U ", true},
    {"unixgram:", "-U -u ", true},
};

static const struct kind *
find_kind(const char *text)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(text, kinds[i].prefix, strlen(kinds[i].prefix)) == 0)
			return &kinds[i];
	return NULL;
}

/* The start of the port in "host:port" or "[host]:port"; NULL if text has another form. */
static const char *
find_port(const struct options *o, const char *text)
{
	const char *colon = strrchr(text, ':'), *bad;
	struct ports ports;
	size_t len;

	if (colon == NULL || colon == text)
		return NULL;
	if (text[0] == '[' ? colon[-1] != ']' : strchr(text, ':') != colon)
		return NULL;
	return options_ports(o, &ports, colon + 1, o->listen ? 0 : 1, &bad, &len) ? colon + 1
										  : NULL;
}

bool
hint_operand(const struct options *o, const char *operand, struct error *err)
{
	const struct kind *kind = find_kind(operand);
	const char *rest = operand + (kind != NULL ? strlen(kind->prefix) : 0);
	const char *options = kind != NULL ? kind->options : "";
	const char *role = o->listen ? "-l " : "";
	const char *port = find_port(o, rest);
	const bool bracket = rest[0] == '[';

	if (strstr(operand, "://") != NULL)
		return error_set(
		    err, FAULT_LOCAL, "%s: expected a host and a port, not a URL", operand);
	if (kind != NULL ? kind->local : strchr(operand, '/') != NULL)
		return error_set(err, FAULT_LOCAL, "%s: a path needs -U: strait %s%s%s", operand,
		    role, kind != NULL ? options : "-U ", rest);
	if (port != NULL)
		return error_set(err, FAULT_LOCAL, "%s: separate host and port: strait %s%s%.*s %s",
		    operand, role, options, (int)(port - rest) - (bracket ? 3 : 1), rest + bracket,
		    port);
	/* When listening, a host may have the same name as a file here. */
	if (!o->listen && access(operand, F_OK) == 0)
		return error_set(
		    err, FAULT_LOCAL, "%s: a path needs -U: strait -U %s", operand, operand);
	return true;
}
