#include "cli/operands.h"

#include <string.h>

#include "base/number.h"
#include "cli/hint.h"
#include "cli/value.h"

/* Sets the lowest of the ports in text, and their number. what names them in messages. */
static bool
find_ports(const struct options *o, const char *what, const char *text, uint16_t min,
    uint16_t *lowest, size_t *count, struct error *err)
{
	struct ports ports;
	const char *bad;
	size_t len;

	*count = 1;
	if (port_parse(lowest, text, min, &bad))
		return true;
	if (options_ports(o, &ports, text, min, &bad, &len)) {
		*lowest = (uint16_t)ports_next(&ports, 0);
		*count = ports.count;
		return true;
	}
	if (len == 0)
		return error_set(err, FAULT_LOCAL, "%s '%s': a port is missing", what, text);
	return error_set(err, FAULT_LOCAL, "%s %.*s: expected a number from %u to 65535%s", what,
	    (int)len, bad, min, o->numeric ? "" : " or the name of a service");
}

bool
operands_port(const struct options *o, const char *what, const char *text, uint16_t min,
    uint16_t *port, struct error *err)
{
	size_t count;

	if (!find_ports(o, what, text, min, port, &count, err))
		return false;
	return count == 1 ||
	       error_set(err, FAULT_LOCAL, "%s %s: expected a single port", what, text);
}

/*
 * Checks a host without a look-up; what names it in messages. An empty host is usually a shell
 * variable that was not set.
 */
static bool
check_host(const struct options *o, const char *what, const char *host, struct error *err)
{
	const struct lookup lookup = {.host = host, .type = options_type(o), .numeric = true};
	struct addresses found;
	struct error inner;
	int family;

	if (*host == '\0')
		return error_set(
		    err, FAULT_LOCAL, "the %s is empty: expected a name or an address", what);
	if (!resolve(&found, &lookup, &inner))
		return !o->numeric || error_set(err, FAULT_NAME,
					  "%s: with -n the host must be a numeric address", host);
	family = address_family(&found.list[0]);
	if (o->ipv4 && family == AF_INET6)
		return error_set(
		    err, FAULT_NAME, "%s: an IPv6 address, and -4 allows IPv4 only", host);
	return !o->ipv6 || family == AF_INET6 ||
	       error_set(err, FAULT_NAME, "%s: an IPv4 address, and -6 allows IPv6 only", host);
}

static bool
is_port(const struct options *o, const char *text)
{
	struct ports ports;
	const char *bad;
	size_t len;

	return number_digits(text) || options_ports(o, &ports, text, 0, &bad, &len);
}

/* Stores an operand as host, port or path; an error if an option has already set it. */
static bool
place(const char **field, const char *operand, const char *what, struct error *err)
{
	if (*field != NULL)
		return error_set(err, FAULT_LOCAL, "%s: the %s was given twice: %s and %s", operand,
		    what, *field, operand);
	*field = operand;
	return true;
}

bool
operands_path(const char *path, struct error *err)
{
	struct address address;
	size_t max;

	if (address_local(&address, path, &max))
		return true;
	if (max == 0)
		return error_set(
		    err, FAULT_LOCAL, "%s: this build does not support abstract names", path);
	if (strlen(path) > max)
		return error_set(
		    err, FAULT_LOCAL, "%s: the path is too long: at most %zu bytes", path, max);
	return error_set(err, FAULT_LOCAL, "'%s': the path is empty", path);
}

static bool
place_path(struct options *o, const struct operands *given, struct error *err)
{
	if (o->listen && o->source != NULL) {
		o->path = o->source;
		o->source = NULL;
		if (given->count > 0)
			return place(&o->path, given->list[0], "path", err);
	} else if (given->count != 1) {
		return error_set(err, FAULT_LOCAL, "-U needs one operand, the path; %d were given",
		    given->count);
	} else {
		o->path = given->list[0];
	}
	return operands_path(o->path, err) && (o->source == NULL || operands_path(o->source, err));
}

static bool
place_listening(struct options *o, const struct operands *given, struct error *err)
{
	const char *one = given->list[0], *two = given->list[1];
	const char *what = o->source_port != NULL ? "-p" : "port";
	const char *which = given->count == 1 ? "operand" : "address";
	bool placed = true;

	o->host = o->source;
	o->port = o->source_port;
	o->source = o->source_port = NULL;
	if (given->count == 2)
		placed = place(&o->host, one, "address", err) && place(&o->port, two, "port", err);
	else if (given->count == 1 && is_port(o, one))
		placed = place(&o->port, one, "port", err);
	else if (given->count == 1)
		placed = hint_operand(o, one, err) && place(&o->host, one, "address", err);
	if (o->port == NULL)
		o->port = "0";
	o->port_count = 1;
	return placed && (o->host == NULL || check_host(o, which, o->host, err)) &&
	       operands_port(o, what, o->port, 0, &o->port_number, err);
}

/* How many operands are allowed. When listening, -s and -p each replace one. */
static int
most_operands(const struct options *o)
{
	const int most = o->local ? 1 : 2;

	return o->listen ? most - (o->source != NULL) - (o->source_port != NULL) : most;
}

/* If an operand may be missing, a word that could be a time or an operand is rejected. */
static bool
refuse_guess(const struct options *o, const struct operands *given, struct error *err)
{
	const char *word, *why;
	const char *what = o->listen ? "an operand" : o->local ? "the path" : "the host";
	int64_t time;
	char name[32];

	/* Too many operands are reported elsewhere, and the list may not hold them all. */
	if (given->count > most_operands(o))
		return true;
	word = given->list[given->maybe_value];
	if (!duration_parse(&time, word, &why))
		return true;
	option_spelling(name, given->maybe);
	return error_set(err, FAULT_LOCAL,
	    "%s %s: is this a time or %s? write %s=%s, or put %s after the operands", name, word,
	    what, name, word, name);
}

/* If there is one operand too many, the one after an option without its value is the value. */
static bool
settle_value(struct options *o, struct operands *given, struct error *err)
{
	const int i = given->maybe_value;

	if (given->maybe == NULL)
		return true;
	if (given->count != most_operands(o) + 1)
		return refuse_guess(o, given, err);
	if (!value_store(o, given->maybe, given->list[i], err))
		return false;
	given->count--;
	memmove(&given->list[i], &given->list[i + 1],
	    (size_t)(given->count - i) * sizeof(given->list[0]));
	return true;
}

bool
operands_place(struct options *o, struct operands *given, struct error *err)
{
	if (!settle_value(o, given, err))
		return false;
	if (o->inherit != INHERIT_NOTHING)
		return true;
	if (o->local)
		return place_path(o, given, err);
	if (given->count > 2)
		return error_set(err, FAULT_LOCAL,
		    "too many operands: %d; expected at most a host and a port", given->count);
	if (o->listen)
		return place_listening(o, given, err);
	if (given->count == 1 && !hint_operand(o, given->list[0], err))
		return false;
	if (given->count != 2)
		return error_set(err, FAULT_LOCAL, "a host and a port are needed to connect");
	o->host = given->list[0];
	o->port = given->list[1];
	return check_host(o, "host", o->host, err) &&
	       find_ports(o, "port", o->port, 1, &o->port_number, &o->port_count, err) &&
	       (o->source_port == NULL ||
		   operands_port(o, "-p", o->source_port, 0, &o->source_port_number, err));
}
