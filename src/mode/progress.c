#define LIBBSD_OPENBSD_VIS /* which of two strnvis there is; not used here */

#include "mode/progress.h"

#include <bsd/vis.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "mode/say.h"
#include "mode/service_config.h"
#include "mode/terminal.h"
#include "net/descriptor.h"

/* How often the line is redrawn; the counts are looked at otherwise; a line is printed. */
#define REDRAW_INTERVAL (200 * CLOCK_MS)
#define LOOK_INTERVAL (1 * CLOCK_S)
#define LINE_INTERVAL (10 * CLOCK_S)

/*
 * The size of what is sent from a file, which may still grow, or from a disk; 0: unknown. Without
 * --progress its offset at the start is not known, but follows from what was sent.
 */
static uint64_t
input_size(const struct progress *p, uint64_t sent)
{
	const int64_t size = p->sends_input ? descriptor_size(STDIN_FILENO) : -1;
	int64_t start = p->input_start;

	if (size == -1)
		return 0;
	if (start == -1)
		start = lseek(STDIN_FILENO, 0, SEEK_CUR) - (int64_t)sent;
	if (start < 0)
		start = 0;
	return size > start ? (uint64_t)(size - start) : 0;
}

/* The direction in which --size bytes are expected: the one in which more has moved. */
static bool
expects_to_receive(const struct options *o, const struct reading *f)
{
	return o->recv_only || (!o->send_only && f->received > f->sent);
}

/* Collects what is to be shown now. space is for the text of what is waited for. */
static void
collect(struct progress *p, struct reading *f, char space[static PROGRESS_SPACE])
{
	const int64_t now = clock_now();

	*f = (struct reading){
	    .many = options_many(p->options),
	    .counted = p->past_counted,
	    .sent = p->past_sent,
	    .received = p->past_received,
	};
	p->look(p->arg, f, space);
	f->size = p->options->size > 0 ? (uint64_t)p->options->size : input_size(p, f->sent);
	f->size_received = p->options->size > 0 && expects_to_receive(p->options, f);
	meter_take(&p->meter, now, f);
}

static void
tell(struct progress *p, const struct reading *f)
{
	char text[METER_LINE];

	event_tell(
	    p->observer, (struct event){
			     .kind = EVENT_PROGRESS,
			     .text = meter_text(text, f),
			     .name = f->waiting,
			     .always = true,
			     .among_many = f->many,
			     .count = f->clients,
			     .counted = f->counted,
			     .sent = f->sent,
			     .received = f->received,
			     .rate_sent = f->over ? f->average_sent : f->rate_sent,
			     .rate_received = f->over ? f->average_received : f->rate_received,
			     .size = f->size,
			     .duration = f->duration,
			 });
}

/* The line for a terminal as wide as it is now. In its last column the cursor would wrap. */
static char *
fit(char text[static METER_LINE], const struct reading *reading)
{
	struct reading f = *reading;
	char visible[4 * PROGRESS_SPACE];

	if (f.waiting != NULL) {
		strvis(visible, f.waiting, VIS_OCTAL | VIS_TAB | VIS_NL | VIS_NOSLASH);
		f.waiting = visible;
	}
	return meter_line(text, &f, terminal_columns() - 1);
}

static void
redraw(const struct reading *f)
{
	char text[METER_LINE];

	if (terminal_is_ours())
		say_status(fit(text, f));
}

/* After SIGUSR1. */
static void
asked(void *arg)
{
	struct progress *p = arg;
	char space[PROGRESS_SPACE];
	struct reading f;

	collect(p, &f, space);
	tell(p, &f);
}

static size_t
progress_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	(void)fds;
	(void)room;
	*deadline = ((const struct progress *)task)->due;
	return 0;
}

static void
progress_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct progress *p = (struct progress *)task;
	const int64_t now = clock_now();
	char space[PROGRESS_SPACE];
	struct reading f;

	(void)fds;
	(void)count;
	p->due = now + p->interval;
	collect(p, &f, space);
	if (p->redraws)
		redraw(&f);
	if (now < p->line_due)
		return;
	p->line_due = now + p->line_interval - (now - p->line_due) % p->line_interval;
	tell(p, &f);
}

/* Standard input and output of one client are used, and both are the terminal. */
static bool
is_by_hand(const struct options *o)
{
	return service_config_is_stdio(o) && !o->recv_only && terminal_is(STDIN_FILENO) &&
	       terminal_is(STDOUT_FILENO);
}

static bool
redraws(const struct options *o)
{
	return !o->json && terminal_redraws() && !is_by_hand(o);
}

struct stdio_screen *
progress_screen(const struct options *o)
{
	return o->progress && redraws(o) && terminal_is(STDOUT_FILENO) ? say_screen() : NULL;
}

static bool
start_task(struct progress *p, struct error *err)
{
	const struct options *o = p->options;
	const int64_t now = clock_now();

	p->task = (struct task){.want = progress_want, .serve = progress_serve};
	p->redraws = redraws(o);
	p->interval = p->redraws ? REDRAW_INTERVAL : LOOK_INTERVAL;
	p->line_interval = o->json ? LOOK_INTERVAL : LINE_INTERVAL;
	p->line_due = p->redraws ? CLOCK_NEVER : now + p->line_interval;
	p->due = now + p->interval;
	if (p->sends_input)
		p->input_start = lseek(STDIN_FILENO, 0, SEEK_CUR);
	return loop_add(p->loop, &p->task, err);
}

/* Whether what is sent is standard input, once, and byte for byte. */
static bool
sends_input(const struct options *o)
{
	return !o->scan && !o->pass && !o->recv_only && !options_many(o) && !o->crlf &&
	       !o->telnet && !o->frames && service_config_is_stdio(o);
}

bool
progress_open(struct progress *p, const struct options *o, struct loop *loop,
    struct observer *observer, void (*look)(void *, struct reading *, char *), void *arg,
    struct error *err)
{
	*p = (struct progress){
	    .options = o,
	    .loop = loop,
	    .observer = observer,
	    .sends_input = sends_input(o),
	    .input_start = -1,
	    .look = look,
	    .arg = arg,
	};
	meter_start(&p->meter, clock_now());
	signals_ask(loop, asked, p);
	return !o->progress || start_task(p, err);
}

void
progress_begin(struct progress *p)
{
	if (!p->running)
		meter_start(&p->meter, clock_now());
	p->running = true;
}

void
progress_count(struct reading *f, const struct client *c)
{
	uint64_t sent, received;

	f->clients++;
	if (!c->common->service->counts(c, &sent, &received))
		return;
	f->counted = true;
	f->sent += sent;
	f->received += received;
}

void
progress_add(struct progress *p, const struct client *c)
{
	struct reading f = {0};

	progress_count(&f, c);
	p->past_counted = p->past_counted || f.counted;
	p->past_sent += f.sent;
	p->past_received += f.received;
}

void
progress_close(struct progress *p)
{
	char space[PROGRESS_SPACE], text[METER_LINE];
	struct reading f;

	if (p->loop == NULL || !p->options->progress)
		return;
	loop_remove(p->loop, &p->task);
	if (!p->running) {
		say_no_status();
		return;
	}
	collect(p, &f, space);
	f.waiting = NULL;
	f.over = true;
	if (p->redraws)
		say_last_status(fit(text, &f));
	else if (!p->options->json) /* else the events of the ends say it */
		tell(p, &f);
}
