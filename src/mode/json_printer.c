#include "mode/json_printer.h"

#include <string.h>
#include <sys/socket.h>

#include "base/figures.h"
#include "mode/json_line.h"
#include "mode/say.h"

/* For each kind of event its name, and the names of the members that its fields become. */
static const struct kind {
	const char *event;                                            /* NULL: not told */
	const char *name, *text, *meaning, *count, *duration, *error; /* NULL: none */
	const char *why;                                              /* what text would say */
	bool datagrams;                                               /* that field is set */
} kinds[EVENT_KINDS] = {
    [EVENT_LISTENING] = {.event = "listening", .name = "name", .datagrams = true},
    [EVENT_BOUND] = {.event = "listening", .name = "name", .datagrams = true},
    [EVENT_OFFERED] = {.event = "not_inherited", .count = "count"},
    [EVENT_RULE] = {.event = "rule", .name = "list", .text = "entry", .meaning = "network"},
    [EVENT_RECEIVED] = {.event = "received", .name = "name"},
    [EVENT_CONNECTED] = {.event = "connected",
	.name = "host",
	.duration = "duration",
	.datagrams = true},
    [EVENT_ANSWERED] = {.event = "answered", .name = "name"},
    [EVENT_REFUSED] = {.event = "refused", .name = "name", .text = "why"},
    [EVENT_FULL] = {.event = "refused", .name = "name", .why = "full", .count = "count"},
    [EVENT_FAILED] = {.event = "client_failed", .name = "name", .error = "error"},
    [EVENT_SHORTAGE] = {.event = "shortage", .error = "error"},
    [EVENT_RETRY] = {.event = "retry", .error = "error"},
    [EVENT_EVICTED] = {.event = "evicted", .count = "count"},
    [EVENT_UNSERVED] = {.event = "unserved", .count = "count"},
    [EVENT_UNANSWERABLE] = {.event = "unanswerable"},
    [EVENT_TROUBLE] = {.event = "trouble", .name = "name"},
    [EVENT_LOST] = {.event = "lost", .count = "count"},
    [EVENT_LEFT_OUT] = {.event = "left_out", .name = "name", .count = "count"},
    [EVENT_WAITING_FOR_INPUT] = {.event = "waiting_for_input", .duration = "duration"},
    [EVENT_NO_INPUT] = {.event = "no_input"},
    [EVENT_CLOSED] = {.event = "closed",
	.name = "name",
	.duration = "duration",
	.error = "cause",
	.datagrams = true},
    [EVENT_UNWRITTEN] = {.event = "unwritten", .name = "file", .error = "error"},
    [EVENT_DIGEST] = {.event = "digest", .name = "name", .text = "digest", .meaning = "direction"},
    [EVENT_PROGRESS] = {.event = "progress", .name = "waiting", .duration = "duration"},
    [EVENT_LOOKUP] = {.event = "lookup", .name = "host", .duration = "duration", .error = "error"},
    [EVENT_CONNECTING] = {.event = "connecting", .name = "name"},
    [EVENT_CONNECT_FAILED] = {.event = "connect_failed",
	.name = "name",
	.duration = "duration",
	.error = "error"},
    [EVENT_TRACE] = {.event = "trace", .name = "name", .meaning = "part", .text = "text"},
    [EVENT_STATS] = {.event = "stats", .name = "name"},
    [EVENT_NO_ANSWER] = {.event = "no_answer", .name = "name", .error = "error"},
};

/* The path of a unix socket, as address_local takes it. */
static void
add_path(struct json *j, const char *name, const struct address *address)
{
	const char *path = address->to.local.sun_path;
	const size_t offset = offsetof(struct sockaddr_un, sun_path);
	const size_t most = sizeof(address->to.local.sun_path);
	char text[sizeof(address->to.local.sun_path)];
	size_t len = address->len > offset ? address->len - offset : 0;

	len = len < most ? len : most;
	if (len > 0 && path[0] != '\0') {
		json_bytes(j, name, path, strnlen(path, len));
	} else if (len > 0) {
		memcpy(text, path, len);
		text[0] = '@';
		json_bytes(j, name, text, len);
	}
}

/* Adds an address: of a unix socket the path, if it has one. */
static void
add_address(struct json *j, const struct address *address, const char *host, const char *port,
    const char *path)
{
	char text[ADDRESS_TEXT];

	if (address == NULL)
		return;
	if (address_family(address) == AF_UNIX) {
		add_path(j, path, address);
	} else if (address_family(address) != AF_UNSPEC) {
		json_string(j, host, address_host(text, address));
		json_number(j, port, address_port(address));
	}
}

static void
add_list(struct json *j, const struct event *e)
{
	char text[ADDRESS_TEXT];

	if (!json_array(j, "addresses"))
		return;
	for (size_t i = 0; i < e->list_count; i++)
		json_string(j, NULL, address_host(text, &e->list[i]));
	json_array_end(j);
}

/* What only the end of a conversation has. */
static void
add_outcome(struct json *j, const struct event *e)
{
	if (e->counted) {
		json_number(j, "sent", e->sent);
		json_number(j, "received", e->received);
	}
	if (e->status >= 0)
		json_number(j, "program_status", (uint64_t)e->status);
}

static void
add_tcp(struct json *j, const struct tcp_figures *tcp)
{
	if (!tcp->known)
		return;
	if (tcp->rtt > 0)
		json_seconds(j, "rtt", tcp->rtt);
	json_number(j, "retransmits", tcp->retransmits);
	json_number(j, "mss", tcp->mss);
	if (tcp->congestion[0] != '\0')
		json_string(j, "congestion", tcp->congestion);
}

static void
add_figures(struct json *j, const struct figures *f)
{
	json_number(j, "sent", f->sent);
	json_number(j, "received", f->received);
	if (f->messages) {
		json_number(j, "messages_sent", f->messages_sent);
		json_number(j, "messages_received", f->messages_received);
	}
	if (f->datagrams)
		json_number(j, "lost", f->lost);
	json_seconds(j, "duration", f->duration);
	if (f->look_up >= 0)
		json_seconds(j, "lookup_duration", f->look_up);
	if (f->connect >= 0)
		json_seconds(j, "connect_duration", f->connect);
	add_tcp(j, &f->tcp);
}

static void
add_progress(struct json *j, const struct event *e)
{
	if (e->among_many)
		json_number(j, "clients", e->count);
	if (e->counted) {
		json_number(j, "sent", e->sent);
		json_number(j, "received", e->received);
		json_number(j, "sent_rate", e->rate_sent);
		json_number(j, "received_rate", e->rate_received);
	}
	if (e->size > 0)
		json_number(j, "size", e->size);
}

static void
add_text(struct json *j, const char *name, const char *text)
{
	if (name != NULL && text != NULL)
		json_string(j, name, text);
}

/* Numbers come first: texts are what is shortened if a line is too long. */
static void
tell(struct observer *observer, const struct event *e)
{
	const struct kind *kind = &kinds[e->kind];
	struct json_line line;
	struct json *j = &line.json;

	(void)observer;
	if (kind->event == NULL)
		return;
	json_line_begin(&line, kind->event);
	if (kind->count != NULL)
		json_number(j, kind->count, e->count);
	if (kind->duration != NULL && (e->duration > 0 || e->kind == EVENT_PROGRESS))
		json_seconds(j, kind->duration, e->duration);
	if (kind->datagrams)
		json_bool(j, "datagrams", e->datagrams);
	if (e->kind == EVENT_CLOSED)
		add_outcome(j, e);
	if (e->figures != NULL)
		add_figures(j, e->figures);
	if (e->kind == EVENT_PROGRESS)
		add_progress(j, e);
	if (e->number != 0)
		json_line_errno(&line, e->number);
	add_address(j, e->address, "address", "port", "path");
	add_address(j, e->local, "local_address", "local_port", "local_path");
	if (kind->why != NULL)
		json_string(j, "why", kind->why);
	add_text(j, kind->name, e->name);
	add_text(j, kind->text, e->text);
	add_text(j, kind->meaning, e->meaning);
	add_text(j, "algorithm", e->algorithm);
	if (e->kind == EVENT_LOOKUP)
		add_list(j, e);
	if (kind->error != NULL && e->error != NULL)
		json_line_error(&line, kind->error, e->error);
	say_json_line(&line);
}

void
json_printer_init(struct observer *observer)
{
	*observer = (struct observer){.observe = tell, .level = EVENT_FOR_PROGRAMS};
}
