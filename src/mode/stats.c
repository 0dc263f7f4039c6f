#include "mode/stats.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/figures.h"
#include "base/number.h"
#include "mode/say.h"

#define LINE ((size_t)512)

/* Adds to the line. */
static void __attribute__((format(printf, 2, 3))) add(char line[static LINE], const char *fmt, ...)
{
	const size_t len = strlen(line);
	va_list args;

	va_start(args, fmt);
	vsnprintf(line + len, LINE - len, fmt, args);
	va_end(args);
}

static double
milliseconds(int64_t duration)
{
	return (double)duration / (double)CLOCK_MS;
}

static void
add_amount(char line[static LINE], const char *what, uint64_t bytes, const uint64_t *messages)
{
	add(line, "%s %" PRIu64 " bytes", what, bytes);
	if (messages != NULL)
		add(line, " in %" PRIu64 " messages", *messages);
}

/* Bytes a second. */
static void
add_rate(char line[static LINE], uint64_t bytes, int64_t duration)
{
	const double seconds = duration > 0 ? (double)duration / (double)CLOCK_S : 1;
	char text[16];

	add(line, "%s/s", size_text(text, (uint64_t)((double)bytes / seconds)));
}

static void
add_tcp(char line[static LINE], const struct tcp_figures *tcp)
{
	add(line, "; ");
	if (tcp->rtt > 0)
		add(line, "rtt %.3f ms, ", milliseconds(tcp->rtt));
	add(line, "%" PRIu64 " retransmits, ", tcp->retransmits);
	if (tcp->congestion[0] != '\0')
		add(line, "%s, ", tcp->congestion);
	add(line, "mss %" PRIu32, tcp->mss);
}

static void
add_times(char line[static LINE], const struct figures *f)
{
	if (f->look_up >= 0)
		add(line, "; look-up %.1f ms", milliseconds(f->look_up));
	if (f->connect >= 0)
		add(line, "%s connect %.1f ms", f->look_up >= 0 ? "," : ";",
		    milliseconds(f->connect));
}

void
stats_print(const struct event *e)
{
	const struct figures *f = e->figures;
	char line[LINE] = "";

	if (e->among_many)
		add(line, "%s: ", e->name);
	add_amount(line, "sent", f->sent, f->messages ? &f->messages_sent : NULL);
	add_amount(line, ", received", f->received, f->messages ? &f->messages_received : NULL);
	add(line, " in %.3f s (", (double)f->duration / (double)CLOCK_S);
	add_rate(line, f->sent, f->duration);
	add(line, ", ");
	add_rate(line, f->received, f->duration);
	add(line, ")");
	if (f->datagrams)
		add(line, "; %" PRIu64 " lost", f->lost);
	if (f->tcp.known)
		add_tcp(line, &f->tcp);
	add_times(line, f);
	notice("stats: %s", line);
}
