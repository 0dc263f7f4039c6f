#include "pump/pace.h"

#include "base/clock.h"

/*
 * Theory of operation. A bucket of credit fills at the rate, and each byte takes from it. Credit is
 * counted in billionths of a byte, so that a nanosecond brings a whole number of them: nothing is
 * rounded, and a wake-up that comes late is made up for.
 *
 * Reading begins only when there is credit for a piece. A small piece makes many wake-ups, a large
 * one is not smooth: a piece is what arrives in PIECE_SHORTEST, or PIECE_USEFUL bytes if that is
 * more, but no more than arrives in PIECE_LONGEST.
 *
 * The bucket holds what arrives in BUCKET: a reader that is woken up late, on a busy machine, has
 * lost nothing, and what can follow a stall at once is in ten seconds less than 1 % more than the
 * limit allows. Where a byte takes longer than that, it holds one and what arrives in LATENESS.
 */

#define PIECE_SHORTEST (10 * CLOCK_MS)
#define PIECE_LONGEST (50 * CLOCK_MS)
#define PIECE_USEFUL 1024
#define BUCKET (95 * CLOCK_MS)
#define LATENESS (40 * CLOCK_MS)

#define BYTE INT64_C(1000000000) /* in billionths */

/* How much credit that time brings. */
static int64_t
credit_in(const struct pace *p, int64_t duration)
{
	return (int64_t)p->rate * duration;
}

/* The credit for a piece. */
static int64_t
piece(const struct pace *p)
{
	const int64_t shortest = credit_in(p, PIECE_SHORTEST),
		      longest = credit_in(p, PIECE_LONGEST);
	int64_t credit = clock_min(longest, PIECE_USEFUL * BYTE);

	if (credit < shortest)
		credit = shortest;
	return credit > BYTE ? credit : BYTE;
}

/* The most credit there can be. */
static int64_t
bucket(const struct pace *p)
{
	const int64_t least = piece(p) + credit_in(p, LATENESS), most = credit_in(p, BUCKET);

	return most > least ? most : least;
}

/* Adds the credit for the time since the last call. */
static void
accrue(struct pace *p, int64_t now)
{
	const int64_t most = bucket(p), missing = most - p->credit, passed = now - p->at;

	/* At the start there is credit for a piece, so that the first bytes are not held up. */
	if (p->at == 0)
		p->credit = piece(p);
	else if (passed > missing / (int64_t)p->rate)
		p->credit = most;
	else
		p->credit += credit_in(p, passed);
	p->at = now;
}

size_t
pace_allowance(struct pace *p, int64_t now)
{
	if (p->rate == 0)
		return SIZE_MAX;
	accrue(p, now);
	return p->credit >= piece(p) ? (size_t)(p->credit / BYTE) : 0;
}

int64_t
pace_count(struct pace *p, uint64_t total, int64_t now)
{
	int64_t missing;

	if (p->rate == 0)
		return 0;
	accrue(p, now);
	p->credit -= (int64_t)(total - p->counted) * BYTE;
	p->counted = total;
	missing = piece(p) - p->credit;
	return missing <= 0 ? 0 : now + (missing - 1) / (int64_t)p->rate + 1;
}
