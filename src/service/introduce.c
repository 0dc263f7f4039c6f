#include "service/introduce.h"

#include <sys/socket.h>

/* What a connection is, as users call it. */
static const char *
connection_kind(const struct connection *c)
{
	const bool ip = connection_is_ip(c);

	if (c->any_sender)
		return "datagrams of all senders";
	if (c->type == SOCK_DGRAM)
		return ip ? "UDP" : "unix datagrams";
	if (c->type == SOCK_SEQPACKET)
		return "unix seqpacket";
	return ip ? "TCP" : "unix stream";
}

void
introduce_connection(const struct tracer *tracer, const char *side, const struct connection *c)
{
	if (tracer != NULL)
		trace(tracer, "%s: %s: %s", side, c->name, connection_kind(c));
}

static const char *
input_kind(const struct stdio *s)
{
	if (s->rules.no_input)
		return "not read";
	if (s->kind.input_null)
		return "/dev/null";
	if (s->kind.input_file)
		return "a file";
	if (s->kind.input_terminal)
		return "a terminal";
	if (s->input_is_socket)
		return "a socket";
	return s->kind.input_pipe ? "a pipe" : "a device";
}

static const char *
output_kind(const struct stdio *s)
{
	if (s->rules.no_output)
		return "not written";
	if (s->output_is_socket)
		return "a socket";
	if (s->kind.output_pipe)
		return "a pipe";
	if (s->kind.output_has_reader)
		return "a terminal";
	return s->end.splice_out == SPLICEABLE_OTHER ? "a device" : "a file";
}

void
introduce_stdio(const struct tracer *tracer, const struct stdio *s)
{
	if (tracer != NULL)
		trace(tracer, "near: standard input is %s, standard output is %s%s", input_kind(s),
		    output_kind(s), s->shared != NULL ? "; both are shared by all peers" : "");
}
