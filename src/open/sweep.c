#include "open/sweep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "net/descriptor.h"

/*
 * Theory of operation. A trial is an attempt at one port; each turn of the loop checks all trials,
 * reports the results that are known, and starts new trials. When descriptors or memory run out,
 * the limit of concurrent trials is lowered to the present number, so that the next one starts when
 * one has ended.
 */

/* More concurrent attempts gain nothing, and SYN packets get lost. */
#define AT_ONCE 1000

/* Descriptors kept for other uses: standard input, output and error, look-ups. */
#define SPARE 8

/* How many concurrent attempts the descriptor limit allows. */
static size_t
most_at_once(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur > AT_ONCE + SPARE)
		return AT_ONCE;
	return limit.rlim_cur > SPARE ? (size_t)limit.rlim_cur - SPARE : 1;
}

/* Whether a local shortage may pass when other attempts have ended. */
static bool
may_free_up(int number)
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

/* Reports results in order, up to the first that is not known yet. */
static void
sweep_tell_known(struct sweep *s)
{
	while (s->reported < s->count && s->results[s->reported].finding != FINDING_NONE)
		s->tell(s->arg, &s->results[s->reported++]);
}

/* Removes a trial that has ended. */
static void
trial_remove(struct sweep *s, size_t i)
{
	s->trials[i].attempt.fd = descriptor_close(s->trials[i].attempt.fd);
	s->trials[i] = s->trials[--s->under_way];
	s->trials[i].attempt.to = &s->trials[i].to;
}

/*
 * Starts a trial's attempt. In a shortage the attempt is left in ATTEMPT_RETRY, and the limit is
 * lowered; false with error if no other trial is under way that could end the shortage.
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
	if (!attempt_start(a, &trial->to, s->rules.params, error))
		return false;
	if (a->state != ATTEMPT_FAILED || !may_free_up(a->failure))
		return true;
	errno = a->failure;
	if (s->under_way <= 1)
		return error_errno(error, FAULT_LOCAL, "sweep");
	s->most = s->under_way;
	a->state = ATTEMPT_RETRY;
	return true;
}

/* Starts trials up to the limit. */
static bool
sweep_start_more(struct sweep *s, int64_t now, struct error *error)
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
 * When this host sweeps itself, a question may arrive at the socket of another trial that happens
 * to have that port, and the socket would seem to answer. So the source ports of all questions are
 * remembered.
 */
static void
sweep_note_own_port(struct sweep *s, const struct trial *trial)
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

/* Sends the question to a datagram port, once. */
static void
trial_ask(struct sweep *s, struct trial *trial)
{
	const char *question = s->rules.question;

	sweep_note_own_port(s, trial);
	trial->asked = true;
	trial->attempt.state = ATTEMPT_PENDING;
	if (send(trial->attempt.fd, question, strlen(question), MSG_NOSIGNAL) != -1)
		return;
	/* A port that the question was not sent to must not count as silent. */
	trial->asked = !may_free_up(errno);
	if (trial->asked)
		attempt_fail(&trial->attempt, errno);
	else
		trial->attempt.state = ATTEMPT_RETRY;
}

static void
trial_receive(struct sweep *s, struct trial *trial)
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

/* Retries an attempt after a shortage. */
static bool
trial_retry(struct sweep *s, struct trial *trial, struct error *error)
{
	if (trial->attempt.fd == -1)
		return trial_start(s, trial, error);
	attempt_connect(&trial->attempt);
	return true;
}

/* Updates the state of a trial. */
static bool
trial_check(struct sweep *s, struct trial *trial, short revents, int64_t now, struct error *error)
{
	struct attempt *a = &trial->attempt;

	if (a->state == ATTEMPT_RETRY && !trial_retry(s, trial, error))
		return false;
	if (a->state == ATTEMPT_PENDING && revents != 0 && trial->asked)
		trial_receive(s, trial);
	else if (a->state == ATTEMPT_PENDING && revents != 0)
		attempt_check(a, revents);
	if (a->state == ATTEMPT_WON && !trial->asked && s->rules.question != NULL)
		trial_ask(s, trial);
	if (a->state != ATTEMPT_WON && a->state != ATTEMPT_FAILED && trial->deadline <= now)
		attempt_fail(a, ETIMEDOUT);
	return true;
}

/* Notes why a port is not open; a time-out at a later address does not replace another failure. */
static void
note_failure(struct port_result *result, int failure)
{
	if (result->failure == 0 || result->failure == ETIMEDOUT)
		result->failure = failure;
}

/* A stream that is reset was connected before; a refusal has another errno. */
static bool
is_open(const struct attempt *a)
{
	return a->state == ATTEMPT_WON ||
	       (a->failure == ECONNRESET && a->params->type == SOCK_STREAM);
}

/* A trial has ended: the result is known, or the next address of the host is tried. */
static bool
trial_end(struct sweep *s, size_t i, struct error *error)
{
	struct trial *trial = &s->trials[i];
	struct port_result *result = &s->results[trial->result];

	result->address = (unsigned char)trial->address;
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

/* Updates a trial, and ends it if it is done. */
static bool
trial_serve(struct sweep *s, size_t i, short revents, int64_t now, struct error *error)
{
	const struct attempt *a = &s->trials[i].attempt;

	if (!trial_check(s, &s->trials[i], revents, now, error))
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

/* The time limit is reached: ports not tried yet count as silent. */
static void
sweep_expire(struct sweep *s)
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

	/* Backwards: the last trial moves to the place of one that has ended. */
	for (size_t i = count; i-- > 0;)
		if (!trial_serve(s, i, fds[i].revents, now, &error)) {
			sweep_finish(s, &error);
			return;
		}
	if (s->rules.until <= now)
		sweep_expire(s);
	sweep_tell_known(s);
	if (!sweep_start_more(s, now, &error))
		sweep_finish(s, &error);
	else if (s->reported == s->count)
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
