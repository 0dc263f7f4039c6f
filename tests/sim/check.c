#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "run.h"
#include "sim.h"

/* In flight at once, and memory for it; more where messages are marked in a stream. */
#define FLIGHT_MAX ((size_t)5 << 20)
#define MEMORY_MAX ((size_t)8 << 20)
#define MEMORY_MARKED ((size_t)80 << 20)

/* The longest message, or read that becomes one. */
#define MESSAGE_MAX 1100

/* Whether a rule of the table of ends lets near's words be cut short: nothing taken, no more. */
static bool
near_is_excused(const struct run *r)
{
	const struct subject_rules *rules = &r->conversation->rules;
	const bool far_said_all = r->far.ended;
	const bool near_silent = r->out.given == 0;

	if (rules->far_unanswered || r->left || r->far.gone)
		return true;
	if (rules->messages > 0 && model_messages(&r->in) >= rules->messages)
		return true;
	if (rules->near_datagrams && rules->quit >= 0 && far_said_all)
		return true;
	if (rules->input_timeout >= 0 && far_said_all && near_silent)
		return true;
	return far_said_all && (rules->near_follows || (rules->one_way && near_silent));
}

/* The same of far's. */
static bool
far_is_excused(const struct run *r)
{
	const struct subject_rules *rules = &r->conversation->rules;

	if (r->left || (rules->near_is_peer && r->near.gone))
		return true;
	if (rules->messages > 0 && model_messages(&r->in) >= rules->messages)
		return true;
	if (rules->sent_is_all && r->near.ended && r->far.finished)
		return true;
	return rules->datagrams && rules->quit >= 0 && r->far.queued == 0;
}

/* Whether far failed only when a rule had ended what it says. */
static bool
far_had_ended(const struct run *r)
{
	const struct subject_rules *rules = &r->conversation->rules;

	if (rules->messages > 0 && model_messages(&r->in) >= rules->messages)
		return true;
	if (rules->sent_is_all || (rules->near_is_peer && r->near.gone))
		return r->far.settled;
	return rules->datagrams && r->far.finished &&
	       r->far.failed_at - r->in.given_at >= rules->quit;
}

static void
check_lane(const struct run *r, bool out)
{
	const struct actor *source = out ? &r->near : &r->far, *sink = out ? &r->far : &r->near;
	const struct model *m = out ? &r->out : &r->in;
	const struct subject_rules *rules = &r->conversation->rules;

	if (!source->ended && !(out ? near_is_excused(r) : far_is_excused(r)))
		sim_fail("success, and %s has not ended", source->end.in_name);
	if (source->failed_in && !r->left && !(!out && far_had_ended(r)))
		sim_fail("success, and %s has failed", source->end.in_name);
	if (sink->failed_out && !sink->kind.careless && !rules->telnet)
		sim_fail("success, and %s has failed", sink->end.out_name);
	if (!model_is_done(m))
		sim_fail("success, and %s got %zu bytes of %zu", sink->end.out_name, m->delivered,
		    m->length);
	if (m->half)
		sim_fail("success, and %s ended inside a frame", source->end.in_name);
	if (!sink->finished && !sink->gone)
		sim_fail("success, and %s was not finished", sink->end.out_name);
	if (out && rules->hold && !r->far.ended && !r->far.gone)
		sim_fail("success, and far had not finished first");
	if (sink->kind.acks && !sink->settled && !sink->gone)
		sim_fail("success, and what %s got was not acknowledged", sink->end.out_name);
	if (m->answers.delivered < m->answers.length && !r->far.finished && !r->far.gone)
		sim_fail("success, and an answer has not gone out");
}

/* A failure is of the side that has failed, which its name and its fault say. */
static void
check_failure(const struct run *r, const struct actor *a, const struct error *error, bool in)
{
	const char *name = in ? a->end.in_name : a->end.out_name;
	const bool too_long = strstr(error->text, "message too long") != NULL ||
			      strstr(error->text, "Message too long") != NULL;
	char text[64];

	snprintf(text, sizeof(text), "%s %s: ", in ? "read from" : "write to", name);
	if (strncmp(error->text, text, strlen(text)) != 0)
		return;
	if (too_long) {
		if (r->near.kind.send_max == 0 && r->far.kind.send_max == 0)
			sim_fail("nothing is too long: %s", error->text);
		return;
	}
	if (strstr(error->text, "inside a frame") != NULL) {
		if (!in || (!a->gives->half && !a->reset))
			sim_fail("it did not end inside a frame: %s", error->text);
	} else if (!(in ? a->failed_in : a->failed_out) && !a->reset && !a->gone) {
		sim_fail("not that side has failed: %s", error->text);
	}
	if (error->fault != a->end.fault)
		sim_fail("the fault is %d: %s", (int)error->fault, error->text);
}

static void
check_time(const struct run *r, const struct error *error)
{
	const struct subject_rules *rules = &r->conversation->rules;
	const int64_t moved = r->out.moved_at > r->in.moved_at ? r->out.moved_at : r->in.moved_at;
	const bool idle = strncmp(error->text, "timed out: nothing moved", 24) == 0;

	if (strncmp(error->text, "timed out: ", 11) != 0)
		sim_fail("a fault of time: %s", error->text);
	if (idle ? rules->idle < 0 || sim.now - moved < rules->idle
		 : rules->quit < 0 || sim.now - SIM_START < rules->quit)
		sim_fail("too early: %s", error->text);
}

static bool
names_a_side(const char *text)
{
	return strncmp(text, "read from near-in: ", 19) == 0 ||
	       strncmp(text, "read from far-in: ", 18) == 0 ||
	       strncmp(text, "write to near-out: ", 19) == 0 ||
	       strncmp(text, "write to far-out: ", 18) == 0;
}

static void
check_error(const struct run *r, const struct error *error)
{
	char counts[64];

	if (error->fault == FAULT_TIME)
		check_time(r, error);
	else if (!names_a_side(error->text))
		sim_fail("no side is named: %s", error->text);
	for (int in = 0; in < 2; in++) {
		check_failure(r, &r->near, error, in);
		check_failure(r, &r->far, error, in);
	}
	snprintf(counts, sizeof(counts), " (%zu bytes sent, %zu received)", r->out.delivered,
	    r->in.delivered);
	if (strstr(error->text, counts) == NULL && !r->conversation->rules.skip_too_long)
		sim_fail("not the counts%s: %s", counts, error->text);
	if (!r->conversation->rules.near_is_peer && r->near.failed_in && r->far.finished &&
	    !r->near.kind.socket)
		sim_fail("near's input broke off, and far got an ordinary end");
}

static void
check_counts(const struct run *r, bool out)
{
	const struct model *m = out ? &r->out : &r->in;
	uint64_t taken, delivered, left_out;

	subject_counts(out, &taken, &delivered, &left_out);
	if (taken != m->given)
		sim_fail("%" PRIu64 " bytes are counted as taken, not %zu", taken, m->given);
	if (left_out == 0 && delivered != m->delivered)
		sim_fail(
		    "%" PRIu64 " bytes are counted as delivered, not %zu", delivered, m->delivered);
	if (m->most > FLIGHT_MAX)
		sim_fail("%zu bytes were in flight", m->most);
}

/* What crosses far's side: no more than the limit, what may follow a stall, and a message. */
void
check_limits(const struct run *r)
{
	const uint64_t rate = r->conversation->rules.rate;
	const uint64_t passed = (uint64_t)(sim.now - SIM_START);
	const uint64_t due = passed * rate / CLOCK_S + rate * 95 / 1000 + MESSAGE_MAX;

	/* What is left once a side has failed is read at once. */
	if (rate == 0 || r->near.failed_in || r->near.failed_out || r->far.failed_in ||
	    r->far.failed_out || r->near.gone || r->far.gone)
		return;
	if (r->out.delivered > due || r->in.given > due)
		sim_fail("%zu and %zu bytes have crossed, and %" PRIu64 " may", r->out.delivered,
		    r->in.given, due);
}

void
check_run(const struct run *r)
{
	const bool marked =
	    r->conversation->near.marks != MARKS_NONE || r->conversation->far.marks != MARKS_NONE;
	const struct error *error;

	(void)subject_done(&error);
	check_counts(r, true);
	check_counts(r, false);
	if (error->fault != FAULT_NONE) {
		check_error(r, error);
	} else {
		check_lane(r, true);
		check_lane(r, false);
	}
	if (r->conversation->rules.messages > 0 &&
	    r->in.bounds_done > r->conversation->rules.messages)
		sim_fail("%zu messages are delivered", r->in.bounds_done);
	if (sim.most > (marked ? MEMORY_MARKED : MEMORY_MAX))
		sim_fail("%zu bytes of memory were held", sim.most);
}
