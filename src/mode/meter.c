#include "mode/meter.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"

/*
 * Theory of operation. A line is made of parts. It is composed with all of them; while it is too
 * long, it is composed again, each time with one part less, in the order of "omit" below.
 */

/* The time over which the present rate is measured. */
#define WINDOW (3 * CLOCK_S)

/* The least time from one sample to the next. */
#define SPACING (150 * CLOCK_MS)

/* A bar shorter than this says nothing, a longer one no more. */
#define BAR_LEAST ((size_t)10)
#define BAR_MOST ((size_t)60)

/* What can be left out, what matters least first. */
enum omit {
	OMIT_NOTHING,
	OMIT_AVERAGE,
	OMIT_BAR,
	OMIT_DURATION,
	OMIT_ETA,
	OMIT_UNITS,      /* numbers are short: 1.2G for 1.2 GiB */
	OMIT_OTHER_RATE, /* of the direction in which less has moved */
	OMIT_OTHER,
	OMIT_CLIENTS,
	OMIT_STEPS
};

struct line {
	char *text;
	size_t length;
	enum omit omit;
	bool fixed; /* numbers take the same room whatever they are, so that a redrawn line is calm
		     */
};

static void __attribute__((format(printf, 2, 3))) add(struct line *line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line->length +=
	    (size_t)vsnprintf(line->text + line->length, METER_LINE - line->length, format, args);
	va_end(args);
	if (line->length >= METER_LINE)
		line->length = METER_LINE - 1;
}

/* Begins another part. */
static void
add_comma(struct line *line)
{
	if (line->length > 0)
		add(line, ", ");
}

static void
add_size(struct line *line, uint64_t bytes, const char *unit)
{
	char text[16];

	if (line->omit >= OMIT_UNITS)
		add(line, "%s%s", size_text_short(text, bytes), unit);
	else
		add(line, "%*s%s", line->fixed ? 7 : 0, size_text(text, bytes), unit);
}

static void
add_direction(struct line *line, const struct reading *f, bool received, bool rate)
{
	const uint64_t average = received ? f->average_received : f->average_sent;
	const uint64_t now = received ? f->rate_received : f->rate_sent;

	add_comma(line);
	if (f->sent > 0 || f->received > 0)
		add(line, "%s ", received ? "received" : "sent");
	add_size(line, received ? f->received : f->sent, "");
	if (!rate)
		return;
	add_comma(line);
	add_size(line, f->over ? average : now, "/s");
	if (line->omit >= OMIT_AVERAGE || f->over)
		return;
	add(line, " (average ");
	add_size(line, average, "/s)");
}

/* Both directions if something has moved in both, in the order in which they are known. */
static void
add_directions(struct line *line, const struct reading *f)
{
	const bool both = f->sent > 0 && f->received > 0;
	const bool received = f->size > 0 ? f->size_received : f->received > f->sent;

	if ((both && line->omit < OMIT_OTHER) || !received)
		add_direction(line, f, false, !received || line->omit < OMIT_OTHER_RATE);
	if ((both && line->omit < OMIT_OTHER) || received)
		add_direction(line, f, true, received || line->omit < OMIT_OTHER_RATE);
}

static uint64_t
done(const struct reading *f)
{
	return f->size_received ? f->received : f->sent;
}

/* Never 100 before all is there. */
static unsigned int
percent(const struct reading *f)
{
	const double part = (double)done(f) / (double)f->size * 100;

	if (done(f) >= f->size)
		return 100;
	return part < 99 ? (unsigned int)part : 99;
}

static int64_t
time_left(const struct reading *f)
{
	const uint64_t rate = f->size_received ? f->rate_received : f->rate_sent;
	double seconds;

	if (done(f) >= f->size)
		return 0;
	if (rate == 0)
		return CLOCK_NEVER;
	seconds = (double)(f->size - done(f)) / (double)rate;
	return seconds < 1e9 ? (int64_t)(seconds * (double)CLOCK_S) : CLOCK_NEVER;
}

/* A bar that fills the room, if that is at least the least. */
static void
add_bar(struct line *line, const struct reading *f, size_t room)
{
	const size_t most = room < BAR_MOST ? room : BAR_MOST;
	const size_t cells = most > BAR_LEAST ? most : BAR_LEAST;
	const size_t filled = cells * percent(f) / 100;

	add(line, " [");
	for (size_t i = 0; i < cells; i++)
		add(line, "%c", i + 1 < filled || percent(f) == 100 ? '=' : i < filled ? '>' : ' ');
	add(line, "]");
}

/* The percentage, the bar if width is not 0, and the time that is left. */
static void
add_expected(struct line *line, const struct reading *f, size_t width)
{
	const bool bar = width > 0 && line->omit < OMIT_BAR;
	char left[32], eta[48] = "";
	size_t used;

	if (!f->over && line->omit < OMIT_ETA)
		snprintf(eta, sizeof(eta), "%s ETA %s", bar ? "" : ",",
		    elapsed_text(left, time_left(f)));
	add_comma(line);
	add(line, line->fixed ? "%3u%%" : "%u%%", percent(f));
	used = line->length + strlen(" []") + strlen(eta);
	if (bar)
		add_bar(line, f, width > used ? width - used : 0);
	add(line, "%s", eta);
}

static void
compose(struct line *line, const struct reading *f, size_t width)
{
	char text[32];

	line->length = 0;
	line->text[0] = '\0';
	if (f->waiting != NULL)
		add(line, "%s", f->waiting);
	if (f->waiting == NULL && f->many && line->omit < OMIT_CLIENTS)
		add(line, "%zu client%s", f->clients, f->clients == 1 ? "" : "s");
	if (f->waiting == NULL && f->counted)
		add_directions(line, f);
	else if (f->waiting == NULL && !f->many)
		add(line, "connected");
	if (line->omit < OMIT_DURATION || line->length == 0) {
		add_comma(line);
		add(line, "%s", elapsed_text(text, f->duration));
	}
	if (f->waiting == NULL && f->counted && f->size > 0)
		add_expected(line, f, width);
}

char *
meter_line(char buf[static METER_LINE], const struct reading *f, size_t width)
{
	struct line line = {.text = buf, .fixed = true};

	if (width >= METER_LINE)
		width = METER_LINE - 1;
	do
		compose(&line, f, width);
	while (line.length > width && ++line.omit < OMIT_STEPS);
	buf[width] = '\0';
	/* No separator ends a line that was cut off. */
	for (char *end = buf + strlen(buf); end > buf && strchr(", ", end[-1]) != NULL; end--)
		end[-1] = '\0';
	return buf;
}

char *
meter_text(char buf[static METER_LINE], const struct reading *f)
{
	struct line line = {.text = buf};

	compose(&line, f, 0);
	return buf;
}

void
meter_start(struct meter *m, int64_t now)
{
	*m = (struct meter){.samples[0].time = now, .count = 1, .began_at = now};
}

/* The newest sample that is as old as the window, or else the oldest one. */
static const struct meter_sample *
window_start(const struct meter *m, int64_t now)
{
	const uint64_t oldest = m->count > METER_SAMPLES ? m->count - METER_SAMPLES : 0;
	const struct meter_sample *sample = NULL;

	for (uint64_t i = m->count; i > oldest; i--) {
		sample = &m->samples[(i - 1) % METER_SAMPLES];
		if (sample->time <= now - WINDOW)
			break;
	}
	return sample;
}

static uint64_t
rate(uint64_t from, uint64_t to, int64_t duration)
{
	if (duration <= 0 || to <= from)
		return 0;
	return (uint64_t)((double)(to - from) * (double)CLOCK_S / (double)duration);
}

void
meter_take(struct meter *m, int64_t now, struct reading *f)
{
	const struct meter_sample *start = window_start(m, now);
	const int64_t span = now - start->time;

	f->duration = now - m->began_at;
	f->average_sent = rate(0, f->sent, f->duration);
	f->average_received = rate(0, f->received, f->duration);
	f->rate_sent = rate(start->sent, f->sent, span);
	f->rate_received = rate(start->received, f->received, span);
	/* Many questions in a row must not make the window short. */
	if (now - m->samples[(m->count - 1) % METER_SAMPLES].time < SPACING)
		return;
	m->samples[m->count++ % METER_SAMPLES] =
	    (struct meter_sample){.time = now, .sent = f->sent, .received = f->received};
}
