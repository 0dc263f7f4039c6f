#define LIBBSD_OPENBSD_VIS /* which of two strnvis there is; not used here */

#include "mode/say.h"

#include <bsd/vis.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/given.h"

/*
 * Theory of operation. Whether somebody reads standard error must not change what strait does. So a
 * line that it does not take at once is lost, and when it takes one again the number of those lost
 * comes first. Of a line that it has taken only the beginning of, the rest is kept until then.
 */

#define LINE ((size_t)1024)

/* Where a try that comes too early costs a moment: how long there is none after that. */
#define REST (100 * CLOCK_MS)

static struct output {
	struct given given;
	bool open, patient;
	char line[4 * LINE]; /* made visible; of it, what is still to be written */
	size_t start, end;
	uint64_t lost;
	int64_t rest_until;
} output;

static ssize_t
put(struct output *out)
{
	const struct iovec rest = {out->line + out->start, out->end - out->start};

	return out->patient ? write(STDERR_FILENO, rest.iov_base, rest.iov_len)
			    : given_write(&out->given, &rest, 1);
}

/* Writes what there is of a line. Returns whether that was all of it. */
static bool
flush(struct output *out)
{
	ssize_t n;

	if (out->given.guarded && !out->patient && clock_now() < out->rest_until)
		return out->start == out->end;
	while (out->start < out->end) {
		n = put(out);
		if (n == -1 && errno == EINTR && (out->patient || !out->given.guarded))
			continue;
		if (n == -1) {
			out->rest_until = clock_after(clock_now(), REST);
			return false;
		}
		out->start += (size_t)n;
	}
	return true;
}

/* Makes a line of text and begins to write it. Returns false when it is lost. */
static bool
begin_line(struct output *out, const char *text)
{
	if (!flush(out))
		return false;
	/* What was made visible before has backslashes, which stay as they are. */
	out->end = (size_t)strvis(out->line, text, VIS_OCTAL | VIS_TAB | VIS_NL | VIS_NOSLASH);
	out->line[out->end++] = '\n';
	out->start = 0;
	(void)flush(out);
	if (out->start == 0)
		out->end = 0;
	return out->end > 0;
}

/* Tells how many have been lost. Returns whether none is now. */
static bool
tell_lost(struct output *out)
{
	char text[LINE];

	snprintf(text, sizeof(text),
	    "strait: messages lost here because standard error was blocked: %" PRIu64, out->lost);
	if (out->lost > 0 && begin_line(out, text))
		out->lost = 0;
	return out->lost == 0;
}

/* One line, in which what is not text, whoever it came from, is made visible. */
static void
put_line(const char *prefix, const char *fmt, va_list args)
{
	char text[LINE];
	const size_t used = (size_t)snprintf(text, sizeof(text), "%s", prefix);
	struct stat st;

	if (!output.open && fstat(STDERR_FILENO, &st) == -1)
		st.st_mode = 0;
	if (!output.open)
		given_open(&output.given, STDERR_FILENO, st.st_mode, O_WRONLY);
	output.open = true;
	vsnprintf(text + used, sizeof(text) - used, fmt, args);
	if (!tell_lost(&output) || !begin_line(&output, text))
		output.lost++;
}

void
say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	put_line("", fmt, args);
	va_end(args);
}

void
notice(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	put_line("strait: ", fmt, args);
	va_end(args);
}

int
complain(const struct error *error)
{
	notice("%s", error->text);
	return (int)error->fault;
}

int
conclude(const struct error *error, int status)
{
	const int fault = error->fault != FAULT_NONE ? complain(error) : 0;

	return status > 0 ? status : fault;
}

void
say_patiently(void)
{
	output.patient = true;
}

void
say_last(void)
{
	output.rest_until = 0;
	if (flush(&output))
		(void)tell_lost(&output);
}
