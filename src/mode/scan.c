#include <bsd/stdlib.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "mode/mode.h"
#include "mode/printer.h"
#include "mode/progress.h"
#include "mode/say.h"
#include "open/retry.h"
#include "open/sweep.h"
#include "open/target.h"

/* -z: finds the open ports of a host. Results are printed in the order of the ports. */
struct scanning {
	const struct options *options;
	struct loop loop;
	struct printer printer;
	struct progress progress;
	struct signals signals;
	char key[SECRET_MAX];
	struct settings settings;
	struct destination to;
	struct local_name name; /* of our own unix socket */
	struct target target;
	struct retry retry;
	struct sweep sweep;
	struct port_result *results;
	size_t count, known, open, silent;
	struct error cause; /* why the last of the others was not open */
	int status;
};

/* How long to wait for the answer to a datagram, without -w. */
#define ANSWER_WAIT (1 * CLOCK_S)

static void
scan_end(struct scanning *s, int status)
{
	s->status = status;
	loop_stop(&s->loop);
}

static void
scan_fail(void *arg, const struct error *error)
{
	struct scanning *s = arg;

	scan_end(s, complain(error));
}

/*
 * The level at which a port that is not open is reported: with -vv, or with -v if there is only
 * one, and not if it is tried again.
 */
static int
level_of_failures(const struct options *o)
{
	if (o->retry != DURATION_UNSET)
		return EVENT_FOR_PROGRAMS;
	return o->port_count <= 1 ? 1 : 2;
}

static void
result_known(void *arg, const struct port_result *result)
{
	struct scanning *s = arg;
	const struct options *o = s->options;
	struct address at = s->target.found.list[result->address];
	char name[DESTINATION_NAME];

	address_set_port(&at, result->port);
	s->known++;
	if (result->finding == FINDING_OPEN) {
		s->open++;
		destination_reached(&s->to, &at, NULL, 0);
		return;
	}
	destination_name(name, &s->to, result->port);
	s->silent += result->finding == FINDING_SILENT;
	if (result->finding == FINDING_SILENT && o->datagrams)
		error_set(&s->cause, FAULT_TIME, "connect to %s: no answer", name);
	else
		destination_failure(
		    &s->cause, &s->to, name, &s->target.found.list[0], result->failure);
	event_tell(&s->printer.observer,
	    (struct event){
		.kind = result->finding == FINDING_SILENT ? EVENT_NO_ANSWER : EVENT_CONNECT_FAILED,
		.name = name,
		.address = &at,
		.error = &s->cause,
		.level = level_of_failures(o)});
}

/* No port was open: tries again later if --retry says so, or ends. */
static void
scan_missed(struct scanning *s, const struct error *cause)
{
	const bool silent = s->silent == s->count;

	if (retry_later(&s->retry, cause))
		return;
	if (cause->fault == FAULT_NAME || s->options->retry != DURATION_UNSET)
		scan_fail(s, cause);
	else if (s->options->local)
		scan_end(s, (int)cause->fault);
	else
		scan_end(s, silent ? FAULT_TIME : FAULT_PEER);
}

static void
sweep_done(void *arg, const struct error *failure)
{
	struct scanning *s = arg;

	if (failure != NULL)
		scan_fail(s, failure);
	else if (s->open > 0)
		scan_end(s, 0);
	else
		scan_missed(s, &s->cause);
}

static void
shuffle(struct port_result *results, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		const size_t other = arc4random_uniform((uint32_t)i);
		const struct port_result result = results[i - 1];

		results[i - 1] = results[other];
		results[other] = result;
	}
}

/* Lists the ports, with no results so far. */
static void
fill_results(struct scanning *s)
{
	const struct options *o = s->options;
	int port = s->to.port;

	for (size_t i = 0; i < s->count; i++) {
		s->results[i] = (struct port_result){.port = (uint16_t)port};
		if (i + 1 < s->count)
			port = ports_next(s->to.ports, port + 1);
	}
	if (o->random_ports)
		shuffle(s->results, s->count);
	s->known = s->open = s->silent = 0;
}

static struct sweep_rules
rules_of(const struct scanning *s)
{
	const struct options *o = s->options;
	const bool asks = o->datagrams && !o->local;

	return (struct sweep_rules){
	    .params = &s->target.params,
	    .wait = asks && o->wait < 0 ? ANSWER_WAIT : retry_wait(&s->retry),
	    .until = s->retry.until,
	    .pause = o->delay,
	    .question = !asks              ? NULL
			: o->probe != NULL ? o->probe
					   : "",
	};
}

static void
scan_target_found(void *arg, const struct error *failure)
{
	struct scanning *s = arg;
	const struct sweep_rules rules = rules_of(s);
	struct error error;

	if (failure != NULL) {
		scan_missed(s, failure);
		return;
	}
	fill_results(s);
	if (!sweep_start(&s->sweep, &s->loop, &s->target.found, s->results, s->count, &rules,
		result_known, sweep_done, s, &error))
		scan_fail(s, &error);
}

static void
scan_begin(void *arg)
{
	struct scanning *s = arg;
	struct error error;

	if (!target_find(&s->target, retry_deadline(&s->retry), scan_target_found, s, &error))
		scan_fail(s, &error);
}

static void
scan_tell_retry(void *arg, const struct error *cause)
{
	struct scanning *s = arg;

	event_tell(&s->printer.observer, (struct event){.kind = EVENT_RETRY, .error = cause});
}

static bool
scan_open(struct scanning *s, struct error *err)
{
	const struct retry_rules rules = options_opening(s->options).retry;

	retry_start(&s->retry, &s->loop, &rules, scan_begin, scan_tell_retry, scan_fail, s);
	s->results = reallocarray(NULL, s->count, sizeof(*s->results));
	if (s->results == NULL)
		return error_errno(err, FAULT_LOCAL, "memory");
	if (s->options->json && !signals_catch(&s->signals, &s->loop, err))
		return false;
	return options_settings(&s->settings, s->options, s->key, err) &&
	       options_destination(&s->to, s->options, &s->settings, &s->printer.observer, err) &&
	       target_open(&s->target, &s->loop, &s->to, &s->name, &s->signals, err);
}

static void
scan_look(void *arg, struct reading *f, char *space)
{
	const struct scanning *s = arg;

	snprintf(space, PROGRESS_SPACE, "scanning %s: %zu of %zu ports done, %zu open",
	    s->options->local ? s->options->path : s->options->host, s->known, s->count, s->open);
	f->waiting = space;
}

int
scan(const struct options *o)
{
	struct scanning s = {
	    .options = o, .count = o->local ? 1 : o->port_count, .signals.dying = say_dying};
	struct error error;

	/* The results are printed on standard error. */
	say_blocking();
	loop_init(&s.loop);
	printer_init(&s.printer, o);
	if (!progress_open(&s.progress, o, &s.loop, &s.printer.observer, scan_look, &s, &error) ||
	    !scan_open(&s, &error)) {
		scan_fail(&s, &error);
	} else {
		scan_begin(&s);
		if (!loop_run(&s.loop, &error))
			scan_fail(&s, &error);
	}
	sweep_stop(&s.sweep);
	target_close(&s.target);
	options_destination_free(&s.to);
	local_remove(&s.name);
	signals_release(&s.signals);
	free(s.results);
	loop_free(&s.loop);
	return s.status;
}
