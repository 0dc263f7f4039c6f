#include "mode/printer.h"

#include <bsd/string.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"
#include "mode/json_printer.h"
#include "mode/say.h"
#include "mode/stats.h"
#include "mode/tracing.h"

#define LINE ((size_t)1024)

/*
 * The line for each event: $n is its name, $t the text, $m the meaning, $c the count, $e the
 * error's text, $s the text of its errno, $d the duration.
 */
static const struct line {
	const char *text;
	bool detail; /* printed only with -v, unless event.always is set */
	bool plain;  /* nc's own line, without our prefix */
} lines[EVENT_KINDS] = {
    [EVENT_LISTENING] = {.text = "Listening on $n", .detail = true, .plain = true},
    [EVENT_BOUND] = {.text = "Bound on $n", .detail = true, .plain = true},
    [EVENT_OFFERED] = {.text =
			   "LISTEN_FDS=$c: sockets were handed over, but only --inherit uses them"},
    [EVENT_RULE] = {.text = "$n: $t counts as $m", .detail = true},
    [EVENT_RECEIVED] = {.text = "Connection received on $n", .detail = true, .plain = true},
    [EVENT_CONNECTED] = {.text = NULL, .detail = true},
    [EVENT_ANSWERED] = {.text = "$n answers", .detail = true},
    [EVENT_REFUSED] = {.text = "refused $n: $t", .detail = true},
    [EVENT_FULL] = {.text = "refused $n: the limit is reached (--max-conns $c)", .detail = true},
    [EVENT_FAILED] = {.text = "$n: $e", .detail = true},
    [EVENT_SHORTAGE] = {.text = "$e; waiting"},
    [EVENT_RETRY] = {.text = "$e; trying again", .detail = true},
    [EVENT_EVICTED] = {.text = "there are $c sessions: the one that has been idle longest is "
			       "dropped for a new one"},
    [EVENT_UNSERVED] = {.text = "a datagram is lost: $c programs have not ended yet"},
    [EVENT_UNANSWERABLE] = {.text = "the sender has no address: it cannot be answered",
	.detail = true},
    [EVENT_TROUBLE] = {.text = "$n: $s; continuing", .detail = true},
    [EVENT_LOST] = {.text = "$c datagrams lost so far: they came faster than they were read",
	.detail = true},
    [EVENT_LEFT_OUT] = {.text = "$c datagrams dropped so far: too long for $n"},
    [EVENT_WAITING_FOR_INPUT] =
	{.text = "the peer has finished; waiting $d for standard input to begin (-d "
		 "or < /dev/null avoids this)"},
    [EVENT_NO_INPUT] = {.text = "done: nothing came from standard input"},
    [EVENT_CLOSED] = {.text = NULL, .detail = true},
    [EVENT_UNWRITTEN] = {.text = "$e; nothing more is written there"},
    [EVENT_DIGEST] = {.text = NULL},
    [EVENT_LOOKUP] = {.text = NULL},
    [EVENT_CONNECTING] = {.text = NULL},
    [EVENT_CONNECT_FAILED] = {.text = "$e"},
    [EVENT_NO_ANSWER] = {.text = "$e"},
    [EVENT_TRACE] = {.text = NULL},
    [EVENT_STATS] = {.text = NULL},
    [EVENT_PROGRESS] = {.text = "$t"},
};

/* The text for a $ and a letter. buf is for a number or a duration. */
static const char *
field(const struct event *e, char which, char buf[static 32])
{
	switch (which) {
	case 'n':
		return e->name;
	case 't':
		return e->text;
	case 'm':
		return e->meaning;
	case 'e':
		return e->error->text;
	case 's':
		return strerror(e->number);
	case 'd':
		return duration_text(buf, e->duration);
	default:
		snprintf(buf, 32, "%" PRIu64, e->count);
		return buf;
	}
}

static void
fill(char out[static LINE], const char *text, const struct event *e)
{
	char buf[32], piece[2] = "";

	for (out[0] = '\0'; *text != '\0'; text++) {
		piece[0] = *text;
		strlcat(out, *text == '$' ? field(e, *++text, buf) : piece, LINE);
	}
}

/* With one client its outcome is reported as the program's own, unless its data was not seen. */
static void
print_closed(const struct event *e)
{
	const enum fault fault = e->error->fault;
	/* Datagrams have no end but silence. */
	const bool well = fault == FAULT_NONE || (e->datagrams && fault == FAULT_TIME);
	const bool named = strstr(e->error->text, e->name) != NULL;
	char counts[80] = "", program[40] = "";

	/* A failure of standard input or output ends the server, which reports it then. */
	if (fault == FAULT_STANDARD || (!e->among_many && (!e->unseen || fault != FAULT_NONE)))
		return;
	if (e->counted)
		snprintf(counts, sizeof(counts), " (%" PRIu64 " bytes sent, %" PRIu64 " received)",
		    e->sent, e->received);
	if (e->status >= 0)
		snprintf(program, sizeof(program), "; its program's status: %d", e->status);
	if (well)
		notice("%s: closed%s%s", e->name, counts, program);
	else
		notice(
		    "%s%s%s%s", named ? "" : e->name, named ? "" : ": ", e->error->text, program);
}

/* nc's line about a connection that was made. */
static void
print_connected(const struct event *e, bool numeric)
{
	const char *protocol = e->datagrams ? "udp" : "tcp";
	const struct servent *service = NULL;

	if (e->count != 0 && !numeric)
		service = getservbyport(htons((uint16_t)e->count), protocol);
	if (e->count == 0)
		say("Connection to %s succeeded!", e->name);
	else
		say("Connection to %s %u port [%s/%s] succeeded!", e->name, (unsigned int)e->count,
		    protocol, service != NULL ? service->s_name : "*");
}

/* A line as sha256sum(1) prints it. */
static void
print_digest(const struct event *e)
{
	const bool sent = strcmp(e->meaning, "sent") == 0;

	if (e->among_many)
		say("%s  %s %s %s", e->text, e->meaning, sent ? "to" : "from", e->name);
	else
		say("%s  %s", e->text, e->meaning);
}

static void
print(struct observer *observer, const struct event *e)
{
	const struct line *line = &lines[e->kind];
	const struct printer *p = (const struct printer *)observer;
	const bool last = e->kind == EVENT_FULL && p->verbose == 0;
	char text[LINE];

	if (p->trace)
		tracing_print(e, p->began);
	if (e->kind == EVENT_TRACE || e->level > p->verbose ||
	    (line->detail && !e->always && e->level == 0 && p->verbose == 0))
		return;
	if (line->text != NULL)
		fill(text, line->text, e);
	if (e->kind == EVENT_CLOSED)
		print_closed(e);
	else if (e->kind == EVENT_CONNECTED)
		print_connected(e, p->numeric);
	else if (e->kind == EVENT_DIGEST)
		print_digest(e);
	else if (e->kind == EVENT_STATS)
		stats_print(e);
	else if (line->plain)
		say("%s", text);
	else
		notice("%s%s", text, last ? "; others will be refused, too" : "");
}

void
printer_init(struct printer *p, const struct options *o)
{
	*p = (struct printer){
	    .verbose = o->verbose, .numeric = o->numeric, .trace = o->trace, .began = clock_now()};
	if (o->json)
		json_printer_init(&p->observer);
	else
		p->observer = (struct observer){
		    .observe = print, .level = o->trace ? EVENT_FOR_PROGRAMS : o->verbose};
}
