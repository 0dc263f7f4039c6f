#define LIBBSD_OPENBSD_VIS /* which of two strnvis there is; not used here */

#include "mode/say.h"

#include <bsd/string.h>
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
 * Theory of operation. A standard error that is not read must not change what strait does. So a
 * line that cannot be written at once is lost, and the number of lost lines is written before the
 * next one. If only a part of a line was written, the remainder is kept and written first.
 *
 * After the status is drawn, the cursor is put back to its start. When the window becomes narrower,
 * some terminals wrap the status to several rows, others cut it off: the cursor is on its first row
 * in either case, and to clear to the end of the screen removes all of it.
 */

#define CLEAR "\r\033[J"

#define LINE ((size_t)1024)

/* How long not to try again where a failed attempt takes time (given.prompt is false). */
#define REST (100 * CLOCK_MS)

static struct output {
	struct given given;
	bool open, patient, json;
	/* The line being written, made visible, behind what makes way for it. */
	char line[4 * LINE + 16];
	size_t start, end; /* what remains of it */
	uint64_t lost;
	int64_t rest_until;
	bool status;   /* there is a status: the cursor is at its start */
	bool mid_line; /* standard output, on the same terminal, has not ended its line */
} output;

static ssize_t
write_remainder(struct output *out)
{
	const struct iovec rest = {out->line + out->start, out->end - out->start};

	return out->patient ? write(STDERR_FILENO, rest.iov_base, rest.iov_len)
			    : given_write(&out->given, &rest, 1);
}

/* Writes what remains of a line. Returns whether nothing remains. */
static bool
flush(struct output *out)
{
	ssize_t n;

	if (out->given.guarded && !out->patient && clock_now() < out->rest_until) {
		errno = EAGAIN;
		return out->start == out->end;
	}
	while (out->start < out->end) {
		n = write_remainder(out);
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

/* Begins to write what is in its place up to end. Returns false, and drops it, if that fails. */
static bool
begin(struct output *out, size_t end)
{
	out->start = 0;
	out->end = end;
	(void)flush(out);
	if (out->start == 0)
		out->end = 0;
	return out->end > 0;
}

/* Places what must come before a line: nothing, unless there is a status. Returns its length. */
static size_t
make_way(struct output *out)
{
	return strlcpy(out->line, out->status ? CLEAR : out->mid_line ? "\n" : "", LINE);
}

/* Begins to write a line that is in its place up to end. Returns false if it is lost. */
static bool
begin_placed(struct output *out, size_t end)
{
	out->line[end++] = '\n';
	if (!begin(out, end))
		return false;
	out->status = out->mid_line = false;
	return true;
}

/* Formats a line and begins to write it. Returns false if it is lost. */
static bool
begin_line(struct output *out, const char *text)
{
	size_t len;

	if (!flush(out))
		return false;
	len = make_way(out);
	/* Backslashes of what was made visible before are not doubled. */
	len += (size_t)strvis(out->line + len, text, VIS_OCTAL | VIS_TAB | VIS_NL | VIS_NOSLASH);
	return begin_placed(out, len);
}

/* The same for a line of JSON. */
static bool
begin_json(struct output *out, struct json_line *line)
{
	const size_t len = json_line_end(line);

	if (!flush(out))
		return false;
	memcpy(out->line, line->buf, len);
	return begin_placed(out, len);
}

static bool
begin_json_count(struct output *out)
{
	struct json_line line;

	json_line_begin(&line, "lines_lost");
	json_number(&line.json, "count", out->lost);
	return begin_json(out, &line);
}

/* Reports lost lines, if there are any. Returns whether none is left to report. */
static bool
report_lost_lines(struct output *out)
{
	char text[LINE];

	snprintf(text, sizeof(text),
	    "strait: messages lost here because standard error was blocked: %" PRIu64, out->lost);
	if (out->lost > 0 && (out->json ? begin_json_count(out) : begin_line(out, text)))
		out->lost = 0;
	return out->lost == 0;
}

static void
open_output(void)
{
	struct stat st;

	if (output.open)
		return;
	if (fstat(STDERR_FILENO, &st) == -1)
		st.st_mode = 0;
	given_open(&output.given, STDERR_FILENO, st.st_mode, O_WRONLY);
	output.open = true;
}

/* Draws the status, or what is to be in its place, and what is to follow it. */
static bool
draw(struct output *out, const char *text, const char *behind)
{
	open_output();
	if (!flush(out))
		return false;
	/* What was there is overwritten first and cleared then: it does not flicker. */
	return begin(out, (size_t)snprintf(out->line, sizeof(out->line), "%s\r%s\033[J%s",
			      out->mid_line ? "\n" : "", text, behind));
}

void
say_status(const char *text)
{
	if (!output.mid_line && draw(&output, text, "\r"))
		output.status = true;
}

void
say_no_status(void)
{
	if (output.status && draw(&output, "", ""))
		output.status = false;
}

void
say_last_status(const char *text)
{
	if (draw(&output, text, "\n"))
		output.status = output.mid_line = false;
}

static void
screen_before(struct stdio_screen *screen)
{
	(void)screen;
	say_no_status();
}

static void
screen_after(struct stdio_screen *screen, char last)
{
	(void)screen;
	output.mid_line = last != '\n';
}

struct stdio_screen *
say_screen(void)
{
	static struct stdio_screen screen = {.before = screen_before, .after = screen_after};

	return &screen;
}

void
say_json_line(struct json_line *line)
{
	open_output();
	if (!report_lost_lines(&output) || !begin_json(&output, line))
		output.lost++;
}

/* Writes one line, with control characters (a peer's, for example) made visible. */
static void
put_line(const char *prefix, const char *fmt, va_list args)
{
	char text[LINE];
	const size_t used = (size_t)snprintf(text, sizeof(text), "%s", output.json ? "" : prefix);
	struct json_line line;

	vsnprintf(text + used, sizeof(text) - used, fmt, args);
	if (output.json) {
		json_line_begin(&line, "message");
		json_string(&line.json, "text", text);
		say_json_line(&line);
		return;
	}
	open_output();
	if (!report_lost_lines(&output) || !begin_line(&output, text))
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
	struct json_line line;

	output.rest_until = 0; /* an error is the last of what is said: it is tried at once */
	if (output.json) {
		json_line_begin(&line, "error");
		json_line_error(&line, "text", error);
		say_json_line(&line);
	} else {
		notice("%s", error->text);
	}
	return (int)error->fault;
}

int
complain_usage(const struct error *error)
{
	if (output.json)
		return complain(error);
	notice("%s (see strait --help)", error->text);
	return (int)error->fault;
}

int
conclude(const struct error *error, int status)
{
	const int fault = error->fault != FAULT_NONE ? complain(error) : 0;

	return status > 0 ? status : fault;
}

void
say_json(bool json)
{
	output.json = json;
}

/* signal: 0 if it is none. */
static void
tell_exit(int status, int signal)
{
	struct json_line line;

	if (!output.json)
		return;
	output.rest_until = 0;
	json_line_begin(&line, "exit");
	json_number(&line.json, "status", (uint64_t)status);
	if (signal != 0)
		json_number(&line.json, "signal", (uint64_t)signal);
	say_json_line(&line);
}

void
say_exit(int status)
{
	tell_exit(status, 0);
}

void
say_dying(int signal)
{
	if (!output.json)
		return;
	tell_exit(128 + signal, signal);
	say_last();
}

void
say_blocking(void)
{
	output.patient = true;
}

/* Keeps the rest of a line, of which a part was written. Returns how many bytes that is. */
static size_t
keep_line(struct output *out, const char *rest, size_t len)
{
	const char *newline = memchr(rest, '\n', len);

	len = newline != NULL ? (size_t)(newline + 1 - rest) : len;
	len = len < sizeof(out->line) ? len : sizeof(out->line);
	memcpy(out->line, rest, len);
	out->start = 0;
	out->end = len;
	return len;
}

static ssize_t
write_data(const char *data, size_t len)
{
	const struct iovec part = {(char *)(uintptr_t)data, len};
	ssize_t n = -1;

	open_output();
	output.rest_until = 0;
	if (len > 0)
		say_no_status();
	if (flush(&output))
		n = len > 0 ? given_write(&output.given, &part, 1) : 0;
	if (n == -1 && errno == EINTR && output.given.guarded)
		errno = EAGAIN;
	if (n <= 0 || data[n - 1] == '\n')
		return n;
	return n + (ssize_t)keep_line(&output, data + n, len - (size_t)n);
}

static int
output_fd(void)
{
	return output.given.fd;
}

const struct outfile_standard say_standard = {.write = write_data, .fd = output_fd};

void
say_last(void)
{
	output.rest_until = 0;
	if (flush(&output))
		(void)report_lost_lines(&output);
}
