#include "open/race.h"

#include <errno.h>

#include "base/clock.h"
#include "net/descriptor.h"

#define ATTEMPT_DELAY (250 * CLOCK_MS) /* RFC 8305, section 5 */

/* Lets families alternate, beginning with that of the first (RFC 8305, section 4). */
static void
interleave(struct addresses *out, const struct addresses *in)
{
	const int first = address_family(&in->list[0]);
	size_t same = 0, other = 0;

	out->count = 0;
	while (out->count < in->count) {
		while (same < in->count && address_family(&in->list[same]) != first)
			same++;
		while (other < in->count && address_family(&in->list[other]) == first)
			other++;
		if (same < in->count)
			out->list[out->count++] = in->list[same++];
		if (other < in->count)
			out->list[out->count++] = in->list[other++];
	}
}

void
race_stop(struct race *race)
{
	if (race->loop == NULL)
		return;
	loop_remove(race->loop, &race->task);
	for (size_t i = 0; i < race->started; i++)
		race->attempts[i].fd = descriptor_close(race->attempts[i].fd);
}

/* Ends the race, with the winner or NULL. */
static void
race_finish(struct race *race, struct attempt *winner)
{
	struct attempt won = {0};

	if (winner != NULL) {
		won = *winner;
		winner->fd = -1;
	}
	race_stop(race);
	race->done(race->arg, race, winner != NULL ? &won : NULL);
}

static size_t
race_count(const struct race *race, enum attempt_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < race->started; i++)
		count += race->attempts[i].state == state;
	return count;
}

static struct attempt *
race_winner(struct race *race)
{
	for (size_t i = 0; i < race->started; i++)
		if (race->attempts[i].state == ATTEMPT_WON)
			return &race->attempts[i];
	return NULL;
}

/* Starts the attempts that are due: the next one, and more as long as they fail at once. */
static void
race_advance(struct race *race, int64_t now)
{
	while (race->started < race->addresses.count && race->next_at <= now) {
		struct attempt *a = &race->attempts[race->started];

		race->started++;
		if (!attempt_start(
			a, &race->addresses.list[race->started - 1], race->params, &race->error) ||
		    a->state == ATTEMPT_WON)
			return;
		if (a->state != ATTEMPT_FAILED)
			race->next_at = clock_after(now, ATTEMPT_DELAY);
	}
}

/* Whether an attempt has succeeded, or none can any more. */
static bool
race_decided(struct race *race)
{
	return race_winner(race) != NULL || race->error.fault != FAULT_NONE ||
	       race_count(race, ATTEMPT_FAILED) == race->addresses.count;
}

static size_t
race_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	struct race *race = (struct race *)task;

	*deadline = race_decided(race) ? 0 : race->deadline;
	if (race->started < race->addresses.count)
		*deadline = clock_min(*deadline, race->next_at);
	if (race_count(race, ATTEMPT_RETRY) > 0)
		*deadline = clock_min(*deadline, clock_now() + ATTEMPT_AGAIN);
	for (size_t i = 0; i < race->started && i < room; i++) {
		const struct attempt *a = &race->attempts[i];
		const int fd = a->state == ATTEMPT_PENDING ? a->fd : -1;

		fds[i] = (struct pollfd){.fd = fd, .events = POLLOUT};
	}
	return race->started;
}

/* Updates the attempts. When one has failed the next one starts at once. */
static void
race_observe(struct race *race, const struct pollfd *fds, size_t count)
{
	const size_t failed = race_count(race, ATTEMPT_FAILED);

	for (size_t i = 0; i < count; i++) {
		struct attempt *a = &race->attempts[i];

		if (a->state == ATTEMPT_RETRY)
			attempt_connect(a);
		else if (a->state == ATTEMPT_PENDING && fds[i].revents != 0)
			attempt_check(a, fds[i].revents);
	}
	if (race_count(race, ATTEMPT_FAILED) > failed)
		race->next_at = 0;
}

static void
race_expire(struct race *race)
{
	for (size_t i = 0; i < race->started; i++)
		if (race->attempts[i].state != ATTEMPT_FAILED)
			attempt_fail(&race->attempts[i], ETIMEDOUT);
	race_finish(race, NULL);
}

static void
race_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct race *race = (struct race *)task;
	const int64_t now = clock_now();

	race_observe(race, fds, count);
	if (!race_decided(race))
		race_advance(race, now);
	if (race_decided(race))
		race_finish(race, race_winner(race));
	else if (race->deadline <= now)
		race_expire(race);
}

bool
race_start(struct race *race, struct loop *loop, const struct addresses *addresses,
    const struct attempt_params *params, int64_t deadline,
    void (*done)(void *, struct race *, const struct attempt *winner), void *arg, struct error *err)
{
	race->task = (struct task){.want = race_want, .serve = race_serve};
	race->loop = loop;
	race->started = 0;
	race->params = params;
	race->error.fault = FAULT_NONE;
	race->next_at = 0;
	race->deadline = deadline;
	race->done = done;
	race->arg = arg;
	interleave(&race->addresses, addresses);
	race_advance(race, clock_now());
	return loop_add(loop, &race->task, err);
}

/* Ranks errors by their use to the user: those of the host before those of this side. */
static int
failure_weight(int failure)
{
	switch (failure) {
	case ETIMEDOUT:
		return 4;
	case ECONNREFUSED:
	case ECONNRESET:
		return 3;
	case EAFNOSUPPORT:
	case EADDRNOTAVAIL:
	case ENETUNREACH:
		return 1;
	default:
		return 2;
	}
}

const struct attempt *
race_best_failure(const struct race *race)
{
	const struct attempt *best = &race->attempts[0];

	for (size_t i = 1; i < race->started; i++)
		if (failure_weight(race->attempts[i].failure) > failure_weight(best->failure))
			best = &race->attempts[i];
	return best;
}
