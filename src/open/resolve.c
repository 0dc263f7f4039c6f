#include "open/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/descriptor.h"

/*
 * A host with a colon can only be an IPv6 address, with or without brackets. Returns the host
 * without brackets for getaddrinfo, in buf if need be; NULL: not a valid host.
 */
static const char *
strip_brackets(char buf[static NI_MAXHOST], const char *host)
{
	const size_t len = host != NULL ? strlen(host) : 0;

	if (len == 0 || host[0] != '[')
		return host;
	if (host[len - 1] != ']' || strchr(host, ':') == NULL || len - 2 >= NI_MAXHOST)
		return NULL;
	memcpy(buf, host + 1, len - 2);
	buf[len - 2] = '\0';
	return buf;
}

static bool
lookup_failed(int code, const char *host, struct error *err)
{
	if (code == EAI_SYSTEM)
		return error_errno(err, FAULT_NAME, "resolve %s", host);
	return error_set(err, FAULT_NAME, "resolve %s: %s", host, gai_strerror(code));
}

/* False if the address is too long for struct address. */
static bool
copy_address(struct address *out, const struct addrinfo *ai)
{
	if (ai->ai_addrlen > sizeof(out->to))
		return false;
	memset(out, 0, sizeof(*out));
	memcpy(&out->to, ai->ai_addr, ai->ai_addrlen);
	out->len = ai->ai_addrlen;
	return true;
}

static bool
is_among(const struct addresses *found, const struct address *address)
{
	for (size_t i = 0; i < found->count; i++)
		if (address_equal(&found->list[i], address))
			return true;
	return false;
}

/*
 * Collects the addresses, each once. For IPv4, glibc returns 127.0.0.1 twice if the hosts file has
 * a name for both 127.0.0.1 and ::1; the second could not be bound.
 */
static void
collect(struct addresses *out, const struct addrinfo *list)
{
	struct address address;

	out->count = out->left_out = 0;
	for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
		if (!copy_address(&address, ai) || is_among(out, &address))
			continue;
		if (out->count == ADDRESSES_MAX)
			out->left_out++;
		else
			out->list[out->count++] = address;
	}
}

/* The wildcard addresses, IPv6 first. */
static void
wildcards(struct addresses *out, const struct lookup *lookup)
{
	const int families[] = {AF_INET6, AF_INET};

	out->count = out->left_out = 0;
	for (size_t i = 0; i < 2; i++) {
		struct address *address = &out->list[out->count];

		if (lookup->family != AF_UNSPEC && lookup->family != families[i])
			continue;
		memset(address, 0, sizeof(*address));
		address->to.any.sa_family = (sa_family_t)families[i];
		address->len =
		    families[i] == AF_INET ? sizeof(address->to.ip4) : sizeof(address->to.ip6);
		address_set_port(address, lookup->port);
		out->count++;
	}
}

/* Calls getaddrinfo(3). The caller frees the list with freeaddrinfo(3). */
static bool
query(struct addrinfo **list, const struct lookup *lookup, struct error *err)
{
	const struct addrinfo hints = {
	    .ai_family = lookup->family,
	    .ai_socktype = lookup->type,
	    .ai_flags = AI_NUMERICSERV | (lookup->numeric ? AI_NUMERICHOST : 0),
	};
	char buf[NI_MAXHOST], port[8];
	const char *host = strip_brackets(buf, lookup->host);
	int code;

	if (host == NULL)
		return lookup_failed(EAI_NONAME, lookup->host, err);
	snprintf(port, sizeof(port), "%u", lookup->port);
	code = getaddrinfo(host, port, &hints, list);
	return code == 0 || lookup_failed(code, lookup->host, err);
}

bool
resolve(struct addresses *out, const struct lookup *lookup, struct error *err)
{
	struct addrinfo *list;

	if (lookup->host == NULL) {
		wildcards(out, lookup);
		return true;
	}
	if (!query(&list, lookup, err))
		return false;
	collect(out, list);
	freeaddrinfo(list);
	return true;
}

bool
resolve_all(const struct lookup *lookup, bool (*take)(void *, const struct address *), void *arg,
    struct error *err)
{
	struct addrinfo *list;
	struct address address;
	bool taken = true;

	if (!query(&list, lookup, err))
		return false;
	for (const struct addrinfo *ai = list; ai != NULL && taken; ai = ai->ai_next)
		if (copy_address(&address, ai) && !take(arg, &address)) {
			error_errno(err, FAULT_LOCAL, "%s", lookup->host);
			taken = false;
		}
	freeaddrinfo(list);
	return taken;
}

/*
 * Shared by the loop and the thread that runs getaddrinfo; the last one to leave frees it. The
 * thread cannot be stopped inside getaddrinfo, so it may outlive the resolver after a time-out.
 */
struct resolver_job {
	atomic_int holders;
	struct lookup lookup;
	struct addresses found;
	struct error error;
	bool ok;
	char *host;  /* a copy: the thread may outlive the original */
	int in, out; /* a pipe; a byte in it means that the thread is done */
};

static void
job_leave(struct resolver_job *job)
{
	if (atomic_fetch_sub(&job->holders, 1) > 1)
		return;
	descriptor_close(job->out);
	free(job->host);
	free(job);
}

static void *
job_run(void *arg)
{
	struct resolver_job *job = arg;

	job->ok = resolve(&job->found, &job->lookup, &job->error);
	(void)!write(job->out, "", 1);
	job_leave(job);
	return NULL;
}

/* Starts the thread, with all signals blocked in it. 0, or an error number. */
static int
job_start(struct resolver_job *job)
{
	sigset_t all, before;
	pthread_t thread;
	int number;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	number = pthread_create(&thread, NULL, job_run, job);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (number == 0)
		pthread_detach(thread);
	return number;
}

static size_t
resolver_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct resolver *r = (const struct resolver *)task;

	*deadline = r->deadline;
	if (room > 0)
		fds[0] = (struct pollfd){.fd = r->job->in, .events = POLLIN};
	return 1;
}

static void
resolver_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct resolver *r = (struct resolver *)task;
	struct resolver_job *job = r->job;
	struct addresses found = {0};
	struct error error = {0};
	bool ok = false;

	(void)count;
	if (fds[0].revents == 0) {
		error_set(&error, FAULT_TIME, "resolve %s: timed out", r->host);
	} else {
		found = job->found;
		error = job->error;
		ok = job->ok;
	}
	resolver_stop(r);
	r->done(r->arg, ok ? &found : NULL, ok ? NULL : &error);
}

void
resolver_stop(struct resolver *r)
{
	if (r->job == NULL)
		return;
	loop_remove(r->loop, &r->task);
	descriptor_close(r->job->in);
	job_leave(r->job);
	r->job = NULL;
}

/* A job and its pipe, with the loop and the thread as holders. NULL with errno. */
static struct resolver_job *
job_new(const struct lookup *lookup)
{
	struct resolver_job *job = calloc(1, sizeof(*job));
	int fds[2];

	if (job == NULL)
		return NULL;
	job->host = strdup(lookup->host);
	if (job->host == NULL || descriptor_pipe(fds) == -1) {
		free(job->host);
		free(job);
		return NULL;
	}
	atomic_init(&job->holders, 2);
	job->lookup = *lookup;
	job->lookup.host = job->host;
	job->in = fds[0];
	job->out = fds[1];
	return job;
}

bool
resolver_start(struct resolver *r, struct loop *loop, const struct lookup *lookup, int64_t deadline,
    void (*done)(void *, const struct addresses *, const struct error *), void *arg,
    struct error *err)
{
	struct lookup number = *lookup;
	struct addresses found;
	struct error error;
	bool ok;

	number.numeric = true;
	ok = resolve(&found, &number, &error);
	if (ok || lookup->numeric) {
		done(arg, ok ? &found : NULL, ok ? NULL : &error);
		return true;
	}
	*r = (struct resolver){
	    .task = {.want = resolver_want, .serve = resolver_serve},
	    .loop = loop,
	    .deadline = deadline,
	    .host = lookup->host,
	    .done = done,
	    .arg = arg,
	    .job = job_new(lookup),
	};
	if (r->job == NULL)
		return error_errno(err, FAULT_LOCAL, "resolve %s", lookup->host);
	if (!loop_add(loop, &r->task, err) || (errno = job_start(r->job)) != 0) {
		error_errno(err, FAULT_LOCAL, "resolve %s", lookup->host);
		job_leave(r->job);
		resolver_stop(r);
		return false;
	}
	return true;
}
