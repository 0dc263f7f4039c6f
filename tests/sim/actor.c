#include "actor.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "choice.h"
#include "sim.h"

/* What a source gives in all: then it ends. */
#define GIVEN_MAX ((size_t)6 << 20)

/* How long an end is short of buffers. */
#define BUSY (1 * CLOCK_MS)

static const char *const happenings[HAPPENINGS] = {"ends", "has room for all", "gives a byte",
    "gives some", "gives much", "has some room", "is short of buffers for reading",
    "is short of buffers for writing", "fails to read", "fails to write", "resets", "hangs up",
    "loses its reader"};

bool
actor_readable(const struct actor *a)
{
	return a->queued >= a->low || a->ending || a->busy_in > sim.now || a->failing_in != 0 ||
	       a->ended || a->reset;
}

bool
actor_can(const struct actor *a, enum happening what, bool in_asked, bool out_asked, bool watched)
{
	const bool polled = in_asked || out_asked || watched;
	const bool silent = !actor_readable(a);
	const bool full = a->room == 0 && a->busy_out <= sim.now && a->failing_out == 0 && !a->gone;
	const bool gives = in_asked && silent && a->gives->given < GIVEN_MAX;

	switch (what) {
	case ENDS:
		return in_asked && silent && !a->kind.endless;
	case TAKES_ALL:
		return out_asked && full;
	case TAKES_SOME:
		return out_asked && full && !a->kind.messages;
	case GIVES_ONE:
	case GIVES_SOME:
		return gives;
	case GIVES_MUCH:
		return gives && a->kind.much > 0;
	case IN_BUSY:
		return in_asked && silent && a->kind.socket;
	case OUT_BUSY:
		return out_asked && full && a->kind.socket;
	case IN_FAILS:
		return in_asked && silent && !a->kind.socket && !a->kind.pipe;
	case OUT_FAILS:
		return out_asked && full && !a->kind.socket && !a->kind.careless && !a->kind.pipe;
	case RESETS:
		return polled && a->kind.socket && !a->reset && !a->gone;
	case HANGS_UP:
		return polled && a->kind.socket && !a->kind.acks && !a->reset && !a->gone &&
		       !a->kind.endless;
	case READER_GOES:
		return (out_asked || watched) && a->kind.reader && !a->gone;
	default:
		return false;
	}
}

/* Where nothing asks poll there is nothing that it could have told. */
static void
happens(struct actor *a, enum happening what)
{
	const size_t much = a->kind.much;

	if (what == GIVES_ONE)
		a->queued += 1;
	else if (what == GIVES_SOME)
		a->queued += 5;
	else if (what == GIVES_MUCH)
		a->queued += a->low > much ? a->low : much;
	else if (what == ENDS || what == HANGS_UP)
		a->ending = true;
	if (what == TAKES_ALL || what == TAKES_SOME)
		a->room = what == TAKES_ALL ? SIZE_MAX : 2;
	if (what == RESETS || what == HANGS_UP || what == READER_GOES)
		a->gone = true;
	if (what == RESETS) {
		a->reset = true;
		a->pending = ECONNRESET;
		a->queued = 0;
	}
	a->hung_up = a->hung_up || what == RESETS || what == HANGS_UP;
}

void
actor_does(struct actor *a, enum happening what)
{
	if (a->kind.unpolled)
		end_changed(&a->end);
	sim_tell("%s/%s %s", a->end.in_name, a->end.out_name, happenings[what]);
	if (what == IN_BUSY)
		a->busy_in = sim.now + BUSY;
	else if (what == OUT_BUSY)
		a->busy_out = sim.now + BUSY;
	else if (what == IN_FAILS)
		a->failing_in = EIO;
	else if (what == OUT_FAILS)
		a->failing_out = ENOSPC;
	else
		happens(a, what);
}

short
actor_poll(const struct actor *a, int fd, short events)
{
	const bool out_gone = a->gone && fd == a->out;
	int revents = 0;

	if ((events & POLLIN) && a->queued > 0 && actor_readable(a))
		revents |= POLLIN;
	if ((events & POLLIN) &&
	    (a->ending || a->busy_in > sim.now || a->failing_in != 0 || a->ended))
		revents |= POLLIN;
	if ((a->ending || a->ended) && a->kind.socket)
		revents |= events & END_RDHUP;
	if ((events & POLLOUT) &&
	    (a->room > 0 || a->busy_out > sim.now || a->failing_out != 0 || a->gone))
		revents |= POLLOUT;
	if (a->kind.socket && a->hung_up)
		revents |= POLLHUP | (events & (POLLIN | END_RDHUP));
	if (a->kind.socket ? a->pending != 0 : out_gone)
		revents |= POLLERR;
	return (short)revents;
}
