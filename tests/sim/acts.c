#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "actor.h"
#include "choice.h"
#include "sim.h"

/* The operations of an end that acts: what they come to is what has happened, or is chosen now. */

/* Calls in one turn of the loop: what needs more does not come back. */
#define CALLS_MAX 20000

static void
called(void)
{
	if (++sim.calls > CALLS_MAX)
		sim_fail("a turn does not come to an end");
}

/* What fails behind the end of what there is to read fails to write only. */
static void
failed_to_read(struct actor *a)
{
	if (a->ended || a->failed_in)
		return;
	a->failed_in = true;
	a->failed_at = sim.now;
}

static enum io
fails(struct actor *a, bool in, int number)
{
	sim.progress = true;
	if (in)
		failed_to_read(a);
	else
		a->failed_out = true;
	sim_tell("  %s: %s", in ? a->end.in_name : a->end.out_name, strerror(number));
	errno = number;
	return io_failed(&a->end, number);
}

static enum io
waits(struct actor *a, bool in, int64_t busy)
{
	const bool short_of_buffers = busy > sim.now;

	sim_tell("  %s: %s", in ? a->end.in_name : a->end.out_name,
	    short_of_buffers ? "busy" : "not now");
	errno = short_of_buffers ? ENOBUFS : EAGAIN;
	return io_failure(&a->end);
}

/* Nothing was told by poll: it may have come since. */
static void
unasked_read(struct actor *a)
{
	static const enum happening may[] = {HAPPENINGS, GIVES_ONE, GIVES_MUCH, ENDS};
	unsigned pick;

	if (a->queued > 0 || actor_readable(a))
		return;
	pick = choice(4, 4);
	if (pick > 0 && actor_can(a, may[pick], true, false, false))
		actor_does(a, may[pick]);
}

static void
unasked_write(struct actor *a)
{
	static const enum happening may[] = {
	    TAKES_ALL, TAKES_SOME, HAPPENINGS, OUT_BUSY, OUT_FAILS, RESETS};
	unsigned pick;

	if (a->room > 0 || a->busy_out > sim.now || a->failing_out != 0 || a->gone)
		return;
	pick = choice(a->kind.socket ? 6 : 5, 3);
	if (pick != 2 && actor_can(a, may[pick], false, true, false))
		actor_does(a, may[pick]);
}

static enum io
told_end(struct actor *a)
{
	/* A kernel tells of an error once, and then of an ordinary end. */
	if (a->pending != 0) {
		const int number = a->pending;

		a->pending = 0;
		return fails(a, true, number);
	}
	if (a->end.pending != 0)
		return fails(a, true, a->end.pending);
	sim_tell("  %s: end", a->end.in_name);
	sim.progress = sim.progress || !a->ended;
	if (!a->ended && !a->reset)
		model_end(a->gives);
	a->ended = true;
	return IO_END;
}

enum io
actor_offers(struct actor *a, size_t most, size_t *bytes)
{
	called();
	unasked_read(a);
	*bytes = a->queued < most ? a->queued : most;
	if (a->failing_in != 0)
		return fails(a, true, a->failing_in);
	if (*bytes > 0 && a->busy_in <= sim.now)
		return IO_DONE;
	if (a->ending || a->ended || a->reset)
		return told_end(a);
	return waits(a, true, a->busy_in);
}

void
actor_gave(struct actor *a, size_t bytes)
{
	sim_tell("  %s: %zu bytes", a->end.in_name, bytes);
	sim.progress = sim.progress || bytes > 0;
	a->queued -= bytes;
}

enum io
actor_accepts(struct actor *a, size_t most, size_t *bytes)
{
	called();
	if (a->finished)
		sim_fail("%s is written to after its end", a->end.out_name);
	unasked_write(a);
	*bytes = a->room < most ? a->room : most;
	if (a->failing_out != 0)
		return fails(a, false, a->failing_out);
	if (a->gone && !a->kind.careless) {
		const int number = a->pending != 0 ? a->pending : EPIPE;

		a->pending = 0;
		return fails(a, false, number);
	}
	if (a->gone)
		*bytes = most;
	if (*bytes > 0 && a->busy_out <= sim.now)
		return IO_DONE;
	return waits(a, false, a->busy_out);
}

void
actor_got(struct actor *a, size_t bytes)
{
	sim_tell("  %s: %zu bytes", a->end.out_name, bytes);
	sim.progress = true;
	a->room = 0;
}

static enum io
actor_read(struct end *end, void *buf, size_t size, size_t *got)
{
	struct actor *a = (struct actor *)end;
	const enum io outcome = actor_offers(a, size, got);

	if (outcome != IO_DONE)
		return outcome;
	model_give(a->gives, buf, *got);
	model_bound(a->gives);
	actor_gave(a, *got);
	return IO_DONE;
}

/* How many bytes a message has, when so many are there: now and then it has none. */
static size_t
message_size(size_t queued)
{
	return queued == 1 && choice_rare(2) == 1 ? 0 : queued;
}

static enum io
actor_receive(struct end *end, struct iovec *spaces, size_t count, size_t *got)
{
	struct actor *a = (struct actor *)end;
	size_t bytes, i;
	enum io outcome;

	outcome = actor_offers(a, SIZE_MAX, &bytes);
	if (outcome != IO_DONE)
		return outcome;
	/* Much is many messages, and a long one. */
	*got = bytes >= a->kind.much && a->kind.much > 0 && count >= 3 ? 3 : 1;
	for (i = 0; i < *got; i++) {
		const size_t size = i == 0 ? message_size(bytes) : i;

		if (spaces[i].iov_len < size) {
			return fails(a, true, EMSGSIZE);
		}
		spaces[i].iov_len = size;
		model_give(a->gives, spaces[i].iov_base, size);
		model_bound(a->gives);
	}
	actor_gave(a, bytes);
	return IO_DONE;
}

static enum io
actor_write(struct end *end, const struct iovec *parts, size_t count, size_t *put)
{
	struct actor *a = (struct actor *)end;
	const enum io outcome = actor_accepts(a, end_length(parts, count), put);
	size_t left = *put;

	if (outcome != IO_DONE)
		return outcome;
	if (end_length(parts, count) == 0)
		sim_fail("%s is to write nothing", end->out_name);
	for (size_t i = 0; i < count && left > 0; i++) {
		const size_t n = parts[i].iov_len < left ? parts[i].iov_len : left;

		model_get(a->gets, parts[i].iov_base, n);
		left -= n;
	}
	actor_got(a, *put);
	return IO_DONE;
}

static enum io
actor_send(struct end *end, const struct iovec *messages, size_t count, size_t *put)
{
	struct actor *a = (struct actor *)end;
	size_t bytes;
	const enum io outcome = actor_accepts(a, 1, &bytes);

	if (outcome != IO_DONE)
		return outcome;
	if (count > 1 && choice(2, 2) == 1)
		count = 1;
	for (size_t i = 0; i < count; i++) {
		if (messages[i].iov_len > a->kind.send_max)
			sim_fail("a message of %zu bytes is sent", messages[i].iov_len);
		model_get_message(a->gets, messages[i].iov_base, messages[i].iov_len);
	}
	*put = count;
	actor_got(a, count);
	return IO_DONE;
}

static enum io
actor_finish(struct end *end)
{
	struct actor *a = (struct actor *)end;

	called();
	if (a->finished)
		sim_fail("%s is finished twice", end->out_name);
	if (a->closing && a->busy_out > sim.now)
		return waits(a, false, a->busy_out);
	if (a->closing && a->room == 0 && !a->gone)
		sim_fail("%s is to be finished although it has no room", end->out_name);
	a->room = 0;
	if (!a->gone && !model_is_done(a->gets))
		sim_fail("%s is finished, and not all was delivered", end->out_name);
	sim_tell("  %s: finished", end->out_name);
	if (!a->gone && a->failing_out == 0 && !a->kind.socket && choice_rare(8) == 7)
		return fails(a, false, EDQUOT);
	if (a->kind.slow && !a->gone && choice(2, 2) == 1) {
		a->closing = true;
		return waits(a, false, a->busy_out);
	}
	a->finished = true;
	sim.progress = true;
	if (!a->kind.socket)
		end->out = -1;
	return IO_DONE;
}

/* What was never acknowledged never will be once there is nobody. */
static enum io
actor_acknowledged(struct end *end, size_t *left)
{
	struct actor *a = (struct actor *)end;

	called();
	*left = 0;
	if (!a->kind.acks || a->settled)
		return IO_DONE;
	if (a->lost)
		return fails(a, false, ECONNRESET);
	switch (choice(a->reset ? 2 : 3, 2)) {
	case 1:
		a->lost = a->reset;
		if (a->lost)
			return fails(a, false, ECONNRESET);
		*left = 1;
		sim_tell("  %s: not acknowledged", end->out_name);
		return IO_AGAIN;
	case 2:
		actor_does(a, RESETS);
		a->pending = 0;
		end->pending = ECONNRESET;
		a->lost = true;
		return fails(a, false, ECONNRESET);
	default:
		sim_tell("  %s: acknowledged", end->out_name);
		a->settled = a->finished;
		return IO_DONE;
	}
}

/* Poll has said that something is wrong. */
static bool
actor_failed(struct end *end)
{
	struct actor *a = (struct actor *)end;

	called();
	if (a->kind.socket) {
		if (end->pending == 0)
			end->pending = a->pending;
		a->pending = 0;
		return end->pending != 0 && fails(a, true, end->pending) == IO_FAILED;
	}
	if (a->kind.careless)
		end->out = -1;
	return a->kind.reader && !a->kind.careless && fails(a, false, EPIPE) == IO_FAILED;
}

/* Without a descriptor to poll it says itself when it can be read. */
static bool
actor_ready(const struct end *end)
{
	return ((const struct actor *)end)->kind.unpolled &&
	       actor_readable((const struct actor *)end);
}

static bool
actor_low_water(struct end *end, size_t bytes)
{
	struct actor *a = (struct actor *)end;

	if (!a->kind.low_water)
		return false;
	a->low = bytes;
	sim_tell("  %s: from %zu bytes on", end->in_name, bytes);
	return true;
}

static bool
actor_doubt(struct end *end, bool doubtful)
{
	(void)doubtful;
	return ((const struct actor *)end)->kind.unpolled;
}

static const struct end_ops actor_ops = {
    .read = actor_read,
    .ready = actor_ready,
    .write = actor_write,
    .receive = actor_receive,
    .send = actor_send,
    .finish = actor_finish,
    .acknowledged = actor_acknowledged,
    .failed = actor_failed,
    .low_water = actor_low_water,
    .doubt = actor_doubt,
};

_Static_assert((int)MARKS_FRAMES == (int)FRAMING_FRAMES, "the marks are in the framings' order");

void
actor_open(struct actor *a, const struct actor_kind *kind, const char *in_name,
    const char *out_name, int in, int out, enum fault fault)
{
	enum spliceable splice = kind->pipe ? SPLICEABLE_PIPE : SPLICEABLE_OTHER;

	if (!kind->bare)
		splice = SPLICEABLE_NOT;
	*a = (struct actor){
	    .end = {.ops = &actor_ops,
		.in = kind->unpolled ? -1 : in,
		.out = out,
		.splice_in = splice,
		.splice_out = splice,
		.messages_in = kind->messages,
		.messages_out = kind->messages,
		.framing = (enum framing)kind->marks,
		.may_cut = kind->divisible,
		.regular_file = kind->whole,
		.nonblocking = !kind->waits,
		.piece = kind->piece,
		.send_max = kind->send_max,
		.receive_max = kind->receive_max,
		.fault = fault,
		.in_name = in_name,
		.out_name = out_name},
	    .kind = *kind,
	    .in = in,
	    .out = out,
	    .low = 1,
	};
}
