#include "open/sweep.h"

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
	while (s->told < s->count && s->results[s->told].finding != FINDING_NONE)
		s->tell(s->arg, &s->results[s->told++]);
}

/* Takes a sounding that has ended out of those under way. */
static void
trial_remove(struct sweep *s, size_t i)
{
	s->trials[i].attempt.fd = descriptor_close(s->trials[i].attempt.fd);
	s->trials[i] = s->trials[--s->under_way];
	s->trials[i].attempt.to = &s->trials[i].to;
}

/*
 * Starts an attempt of a sounding. When something is short it is to be made again, and no more are
 * made at once than there are now; false with error when nothing that could end is under way.
 */
static bool
trial_start(struct sweep *s, struct trial *trial, struct error *error)
{
	struct attempt *a = &trial->attempt;

	loop_fds_reused(&s->task);
	trial->asked = false;
	trial->to = s->addresses->list[trial->address];
	trial->deadline = clock_min(clock_after(clock_now(), s->rules.wait), s->rules.until);
	address_set_port(&trial->to, s->results[trial->result].port);
	if (!attempt_start(a, &trial->to, s->rules.origin, error))
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
		struct trial *trial = &s->trials[s->under_way++];

		*trial = (struct trial){.result = s->next++};
		if (!trial_start(s, trial, error))
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
note_own_port(struct sweep *s, const struct trial *trial)
{
	struct address own = {.len = sizeof(own.to)};
	uint16_t port;

	if (getsockname(trial->attempt.fd, &own.to.any, &own.len) == -1)
		return;
	port = address_port(&own);
	address_set_port(&own, address_port(&trial->to));
	if (address_equal(&own, &trial->to))
		ports_add(&s->own, port);
}

/* Asks a datagram port, once. */
static void
ask(struct sweep *s, struct trial *trial)
{
	const char *question = s->rules.question;

	note_own_port(s, trial);
	trial->asked = true;
	trial->attempt.state = ATTEMPT_PENDING;
	if (send(trial->attempt.fd, question, strlen(question), MSG_NOSIGNAL) != -1)
		return;
	/* What was not asked cannot be called silent. */
	trial->asked = !is_shortage(errno);
	if (trial->asked)
		attempt_fail(&trial->attempt, errno);
	else
		trial->attempt.state = ATTEMPT_RETRY;
}

static void
hear(struct sweep *s, struct trial *trial)
{
	const bool own = ports_has(&s->own, address_port(&trial->to));
	char byte;

	if (recv(trial->attempt.fd, &byte, 1, 0) >= 0 && !own)
		trial->attempt.state = ATTEMPT_WON;
	else if (own)
		attempt_fail(&trial->attempt, ECONNREFUSED);
	else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
		attempt_fail(&trial->attempt, errno);
}

/* Makes an attempt again for which something was short. */
static bool
try_again(struct sweep *s, struct trial *trial, struct error *error)
{
	if (trial->attempt.fd == -1)
		return trial_start(s, trial, error);
	attempt_connect(&trial->attempt);
	return true;
}

/* Looks what has become of a sounding. */
static bool
trial_look(struct sweep *s, struct trial *trial, short revents, int64_t now, struct error *error)
{
	struct attempt *a = &trial->attempt;

	if (a->state == ATTEMPT_RETRY && !try_again(s, trial, error))
		return false;
	if (a->state == ATTEMPT_PENDING && revents != 0 && trial->asked)
		hear(s, trial);
	else if (a->state == ATTEMPT_PENDING && revents != 0)
		attempt_check(a, revents);
	if (a->state == ATTEMPT_WON && !trial->asked && s->rules.question != NULL)
		ask(s, trial);
	if (a->state != ATTEMPT_WON && a->state != ATTEMPT_FAILED && trial->deadline <= now)
		attempt_fail(a, ETIMEDOUT);
	return true;
}

/* What a failure says of the port: the last address's, unless an earlier one was refused. */
static void
note_failure(struct port_result *result, int failure)
{
	if (result->failure == 0 || result->failure == ETIMEDOUT)
		result->failure = failure;
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
trial_end(struct sweep *s, size_t i, struct error *error)
{
	struct trial *trial = &s->trials[i];
	struct port_result *result = &s->results[trial->result];

	if (is_open(&trial->attempt)) {
		result->finding = FINDING_OPEN;
	} else {
		note_failure(result, trial->attempt.failure);
		if (++trial->address < s->addresses->count)
			return trial_start(s, trial, error);
		result->finding = result->failure == ETIMEDOUT ? FINDING_SILENT : FINDING_CLOSED;
	}
	trial_remove(s, i);
	return true;
}

/* Looks at a sounding, and ends it if it has ended. */
static bool
trial_serve(struct sweep *s, size_t i, short revents, int64_t now, struct error *error)
{
	const struct attempt *a = &s->trials[i].attempt;

	if (!trial_look(s, &s->trials[i], revents, now, error))
		return false;
	return (a->state != ATTEMPT_WON && a->state != ATTEMPT_FAILED) || trial_end(s, i, error);
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
		const struct trial *trial = &s->trials[i];
		const enum attempt_state state = trial->attempt.state;

		fds[i] = (struct pollfd){
		    .fd = state == ATTEMPT_PENDING ? trial->attempt.fd : -1,
		    .events = trial->asked ? POLLIN : POLLOUT,
		};
		*deadline = clock_min(*deadline, trial->deadline);
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
		s->results[s->next].finding = FINDING_SILENT;
		s->results[s->next].failure = ETIMEDOUT;
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
		if (!trial_serve(s, i, fds[i].revents, now, &error)) {
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
    struct port_result *results, size_t count, const struct sweep_rules *rules,
    void (*tell)(void *, const struct port_result *), void (*done)(void *, const struct error *),
    void *arg, struct error *err)
{
	*s = (struct sweep){
	    .task = {.want = sweep_want, .serve = sweep_serve},
	    .loop = loop,
	    .rules = *rules,
	    .addresses = addresses,
	    .results = results,
	    .count = count,
	    .most = most_at_once(),
	    .tell = tell,
	    .done = done,
	    .arg = arg,
	};
	if (s->most > count)
		s->most = count;
	s->trials = calloc(s->most, sizeof(*s->trials));
	if (s->trials == NULL)
		return error_errno(err, FAULT_LOCAL, "memory");
	return loop_add(loop, &s->task, err);
}

void
sweep_stop(struct sweep *s)
{
	if (s->loop != NULL)
		loop_remove(s->loop, &s->task);
	for (size_t i = 0; i < s->under_way; i++)
		descriptor_close(s->trials[i].attempt.fd);
	s->under_way = 0;
	free(s->trials);
	s->trials = NULL;
}
