#include "net/sweep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "net/descriptor.h"

/*
 * Theory of operation. There are as many soundings as may be under way at once. Each turn looks
 * what became of them, tells what is known, and starts new ones. When descriptors or memory run out
 * the number at once is lowered to what there are, so that the next one starts when one has ended.
 */

/* More at once gain nothing, and SYN packets get lost. */
#define AT_ONCE 1000

/* Descriptors that are left for others: standard ones, look-ups. */
#define SPARE 8

/* How many attempts at once the limit of descriptors allows. */
static size_t
most_at_once(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur > AT_ONCE + SPARE)
		return AT_ONCE;
	return limit.rlim_cur > SPARE ? (size_t)limit.rlim_cur - SPARE : 1;
}

/* Whether a failure is one of this side, which passes when other attempts have ended. */
static bool
is_shortage(int number)
{
	return number == EMFILE || number == ENFILE || number == ENOMEM || number == ENOBUFS ||
	       number == EAGAIN;
}

static void
sweep_finish(struct sweep *s, const struct error *error)
{
	sweep_stop(s);
	s->done(s->arg, error);
}

/* Tells of the probes that are known, up to the first that is not. */
static void
tell_known(struct sweep *s)
{
	while (s->told < s->count && s->probes[s->told].finding != FINDING_NONE)
		s->tell(s->arg, &s->probes[s->told++]);
}

/* Takes a sounding that has ended out of those under way. */
static void
sounding_remove(struct sweep *s, size_t i)
{
	s->soundings[i].attempt.fd = descriptor_close(s->soundings[i].attempt.fd);
	s->soundings[i] = s->soundings[--s->under_way];
	s->soundings[i].attempt.to = &s->soundings[i].to;
}

/*
 * Starts an attempt of a sounding. When something is short it is to be made again, and no more are
 * made at once than there are now; false with error when nothing that could end is under way.
 */
static bool
sounding_start(struct sweep *s, struct sounding *sounding, struct error *error)
{
	struct attempt *a = &sounding->attempt;

	sounding->asked = false;
	sounding->to = s->addresses->list[sounding->address];
	sounding->deadline = clock_min(clock_after(clock_now(), s->rules.wait), s->rules.until);
	address_set_port(&sounding->to, s->probes[sounding->probe].port);
	if (!attempt_start(a, &sounding->to, s->rules.origin, error))
		return false;
	if (a->state != ATTEMPT_FAILED || !is_shortage(a->failure))
		return true;
	errno = a->failure;
	if (s->under_way <= 1)
		return error_errno(error, FAULT_LOCAL, "sweep");
	s->most = s->under_way;
	a->state = ATTEMPT_RETRY;
	return true;
}

/* Starts as many attempts as may be under way. */
static bool
start_more(struct sweep *s, int64_t now, struct error *error)
{
	while (s->next < s->count && s->under_way < s->most && s->start_at <= now) {
		struct sounding *sounding = &s->soundings[s->under_way++];

		*sounding = (struct sounding){.probe = s->next++};
		if (!sounding_start(s, sounding, error))
			return false;
		if (s->rules.pause > 0)
			s->start_at = now + s->rules.pause;
	}
	return true;
}

/*
 * A question to this host itself comes to another sounding if that has the port asked: it would be
 * taken for an answer. So ports that were ever sent from are remembered.
 */
static void
note_own_port(struct sweep *s, const struct sounding *sounding)
{
	struct address own = {.len = sizeof(own.to)};
	uint16_t port;

	if (getsockname(sounding->attempt.fd, &own.to.any, &own.len) == -1)
		return;
	port = address_port(&own);
	address_set_port(&own, address_port(&sounding->to));
	if (address_equal(&own, &sounding->to))
		ports_add(&s->own, port);
}

/* Asks a datagram port, once. */
static void
ask(struct sweep *s, struct sounding *sounding)
{
	const char *question = s->rules.question;

	note_own_port(s, sounding);
	sounding->asked = true;
	sounding->attempt.state = ATTEMPT_PENDING;
	if (send(sounding->attempt.fd, question, strlen(question), MSG_NOSIGNAL) != -1)
		return;
	/* What was not asked cannot be called silent. */
	sounding->asked = !is_shortage(errno);
	if (sounding->asked)
		attempt_fail(&sounding->attempt, errno);
	else
		sounding->attempt.state = ATTEMPT_RETRY;
}

static void
hear(struct sweep *s, struct sounding *sounding)
{
	const bool own = ports_has(&s->own, address_port(&sounding->to));
	char byte;

	if (recv(sounding->attempt.fd, &byte, 1, 0) >= 0 && !own)
		sounding->attempt.state = ATTEMPT_WON;
	else if (own)
		attempt_fail(&sounding->attempt, ECONNREFUSED);
	else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
		attempt_fail(&sounding->attempt, errno);
}

/* Makes an attempt again for which something was short. */
static bool
try_again(struct sweep *s, struct sounding *sounding, struct error *error)
{
	if (sounding->attempt.fd == -1)
		return sounding_start(s, sounding, error);
	attempt_connect(&sounding->attempt);
	return true;
}

/* Looks what has become of a sounding. */
static bool
sounding_look(
    struct sweep *s, struct sounding *sounding, short revents, int64_t now, struct error *error)
{
	struct attempt *a = &sounding->attempt;

	if (a->state == ATTEMPT_RETRY && !try_again(s, sounding, error))
		return false;
	if (a->state == ATTEMPT_PENDING && revents != 0 && sounding->asked)
		hear(s, sounding);
	else if (a->state == ATTEMPT_PENDING && revents != 0)
		attempt_check(a, revents);
	if (a->state == ATTEMPT_WON && !sounding->asked && s->rules.question != NULL)
		ask(s, sounding);
	if (a->state != ATTEMPT_WON && a->state != ATTEMPT_FAILED && sounding->deadline <= now)
		attempt_fail(a, ETIMEDOUT);
	return true;
}

/* What a failure says of the port: the last address's, unless an earlier one was refused. */
static void
note_failure(struct probe *probe, int failure)
{
	if (probe->failure == 0 || probe->failure == ETIMEDOUT)
		probe->failure = failure;
}

/* A stream that was reset had been connected: a refusal has another number. */
static bool
is_open(const struct attempt *a)
{
	return a->state == ATTEMPT_WON ||
	       (a->failure == ECONNRESET && a->origin->type == SOCK_STREAM);
}

/* A sounding has ended: its port is known, or the host's next address is tried. */
static bool
sounding_end(struct sweep *s, size_t i, struct error *error)
{
	struct sounding *sounding = &s->soundings[i];
	struct probe *probe = &s->probes[sounding->probe];

	if (is_open(&sounding->attempt)) {
		probe->finding = FINDING_OPEN;
	} else {
		note_failure(probe, sounding->attempt.failure);
		if (++sounding->address < s->addresses->count)
			return sounding_start(s, sounding, error);
		probe->finding = probe->failure == ETIMEDOUT ? FINDING_SILENT : FINDING_CLOSED;
	}
	sounding_remove(s, i);
	return true;
}

/* Looks at a sounding, and ends it if it has ended. */
static bool
sounding_serve(struct sweep *s, size_t i, short revents, int64_t now, struct error *error)
{
	const struct attempt *a = &s->soundings[i].attempt;

	if (!sounding_look(s, &s->soundings[i], revents, now, error))
		return false;
	return (a->state != ATTEMPT_WON && a->state != ATTEMPT_FAILED) || sounding_end(s, i, error);
}

static size_t
sweep_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct sweep *s = (const struct sweep *)task;

	if (room < s->under_way)
		return s->under_way;
	if (s->next < s->count && s->under_way < s->most)
		*deadline = clock_min(s->start_at, s->rules.until);
	for (size_t i = 0; i < s->under_way; i++) {
		const struct sounding *sounding = &s->soundings[i];
		const enum attempt_state state = sounding->attempt.state;

		fds[i] = (struct pollfd){
		    .fd = state == ATTEMPT_PENDING ? sounding->attempt.fd : -1,
		    .events = sounding->asked ? POLLIN : POLLOUT,
		};
		*deadline = clock_min(*deadline, sounding->deadline);
		if (state == ATTEMPT_RETRY)
			*deadline = clock_min(*deadline, clock_now() + ATTEMPT_AGAIN);
		else if (state != ATTEMPT_PENDING)
			*deadline = 0;
	}
	return s->under_way;
}

/* The time is up: what has not been tried has not answered either. */
static void
give_up(struct sweep *s)
{
	for (; s->next < s->count; s->next++) {
		s->probes[s->next].finding = FINDING_SILENT;
		s->probes[s->next].failure = ETIMEDOUT;
	}
}

static void
sweep_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct sweep *s = (struct sweep *)task;
	const int64_t now = clock_now();
	struct error error;

	/* From the last one, which takes the place of one that has ended. */
	for (size_t i = count; i-- > 0;)
		if (!sounding_serve(s, i, fds[i].revents, now, &error)) {
			sweep_finish(s, &error);
			return;
		}
	if (s->rules.until <= now)
		give_up(s);
	tell_known(s);
	if (!start_more(s, now, &error))
		sweep_finish(s, &error);
	else if (s->told == s->count)
		sweep_finish(s, NULL);
}

bool
sweep_start(struct sweep *s, struct loop *loop, const struct addresses *addresses,
    struct probe *probes, size_t count, const struct sweep_rules *rules,
    void (*tell)(void *, const struct probe *), void (*done)(void *, const struct error *),
    void *arg, struct error *err)
{
	*s = (struct sweep){
	    .task = {.want = sweep_want, .serve = sweep_serve},
	    .loop = loop,
	    .rules = *rules,
	    .addresses = addresses,
	    .probes = probes,
	    .count = count,
	    .most = most_at_once(),
	    .tell = tell,
	    .done = done,
	    .arg = arg,
	};
	if (s->most > count)
		s->most = count;
	s->soundings = calloc(s->most, sizeof(*s->soundings));
	if (s->soundings == NULL)
		return error_errno(err, FAULT_LOCAL, "memory");
	return loop_add(loop, &s->task, err);
}

void
sweep_stop(struct sweep *s)
{
	if (s->loop != NULL)
		loop_remove(s->loop, &s->task);
	for (size_t i = 0; i < s->under_way; i++)
		descriptor_close(s->soundings[i].attempt.fd);
	s->under_way = 0;
	free(s->soundings);
	s->soundings = NULL;
}
