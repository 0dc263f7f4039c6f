#include "mode/execution.h"

#include <signal.h>

#include "base/clock.h"
#include "codec/words.h"
#include "mode/environment.h"
#include "net/descriptor.h"

/*
 * Theory of operation. Where nothing has to come between, the child's standard input and output are
 * the socket itself, and strait only watches whether the peer is still there. When the child has
 * exited, what it has written may still be on its way: a conversation with nobody on the near side
 * takes the socket over, half-closes it and waits until all is acknowledged. Elsewhere there are
 * two pipes, and a conversation from the start.
 */

/* How long a peer may have gone, with all it has sent read, before its program is told. */
#define GONE_LONGEST (60 * CLOCK_S)

/* How long its program may leave what it has sent unread before it is dropped for others. */
#define READS_LONGEST (1 * CLOCK_S)

const char *
execution_name(const struct options *o)
{
	return o->shell != NULL ? o->shell : o->exec;
}

bool
execution_is_direct(const struct options *o)
{
	return !o->datagrams && !o->crlf && !o->telnet && o->delay <= 0 && !o->frames &&
	       !o->lines && o->datagram_size == 0 && o->messages == 0 && o->idle < 0 &&
	       o->quit == DURATION_UNSET && !o->no_shutdown;
}

/* Both the child and the conversation have ended. */
static void
settle(struct execution *x)
{
	if (x->exited && x->talked)
		x->done(x->arg, &x->error, x->status);
}

/* Whether the child is reading from the socket that it was given: there was more for it before. */
static bool
reads_on(struct execution *x, int64_t patience)
{
	const int64_t now = clock_now();
	const bool has_socket = !x->talked && x->direct;
	const int unread = has_socket ? socket_unread(x->peer->fd) : 0;

	if (unread != x->unread)
		x->unread_since = now;
	x->unread = unread;
	return unread > 0 && now < clock_after(x->unread_since, patience);
}

static void hang_up_later(void *arg);

static void
hang_up(void *arg)
{
	struct execution *x = arg;

	if (reads_on(x, GONE_LONGEST))
		hang_up_later(x);
	else
		child_signal(&x->child, SIGHUP);
}

static void
hang_up_later(void *arg)
{
	struct execution *x = arg;
	const int64_t at = clock_after(clock_now(), GONE_LONGEST);
	struct error error;

	if (!timer_start(&x->hang_up, x->loop, at, hang_up, x, &error))
		child_signal(&x->child, SIGHUP);
}

/*
 * There is nobody left to talk to. A child whose peer has broken off is told; one whose peer has
 * only closed may have to do something with what it was sent, and gets a while after it has read
 * all of that.
 */
static void
peer_gone(struct execution *x, bool broken)
{
	if (broken)
		child_signal(&x->child, SIGHUP);
	else
		hang_up_later(x);
}

static void
tell_idle(const struct execution *x, bool idle)
{
	if (x->idles != NULL)
		x->idles(x->arg, idle);
}

static void
conversation_done(void *arg, const struct error *error)
{
	struct execution *x = arg;
	const enum presence far = pump_far_presence(&x->conversation.pump);
	const bool broken = error->fault != FAULT_NONE || far == PRESENCE_BROKEN;

	x->error = *error;
	x->talked = true;
	if (!x->exited && (broken || far == PRESENCE_GONE))
		peer_gone(x, broken);
	if (!x->exited)
		tell_idle(x, true);
	settle(x);
}

static void
conversation_idles(void *arg, bool idle)
{
	tell_idle(arg, idle);
}

static size_t
watch_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct execution *x = (const struct execution *)task;

	(void)deadline;
	if (room > 0)
		fds[0] = (struct pollfd){.fd = x->peer->fd, .events = x->silent ? 0 : END_SILENT};
	return 1;
}

/* The peer has finished, which the child sees for itself, or has gone, which it may not. */
static void
watch_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct execution *x = (struct execution *)task;

	const bool known = x->silent;

	(void)count;
	x->silent = true;
	/* POLLHUP is no break: of TCP it says that both sides have finished. */
	if (fds[0].revents & (POLLERR | POLLHUP | POLLNVAL)) {
		loop_remove(x->loop, task);
		peer_gone(x, (fds[0].revents & POLLERR) != 0);
	} else if (!known && connection_is_ip(x->peer)) {
		socket_keepalive(x->peer->fd);
	}
	tell_idle(x, true);
}

/* The child that had the socket has exited: what it wrote is seen off. */
static void
see_off(struct execution *x)
{
	static const struct stdio_rules nobody = {
	    .no_input = true, .no_output = true, .keep = true};
	struct error error;

	loop_remove(x->loop, &x->watch);
	tell_idle(x, false);
	descriptor_block(x->peer->fd, false);
	conversation_begin(&x->conversation, x->loop, x->options, conversation_done, x);
	conversation_far(&x->conversation, x->peer);
	if (!conversation_near_stdio(&x->conversation, &nobody, &error) ||
	    !conversation_start(&x->conversation, &error)) {
		conversation_stop(&x->conversation);
		conversation_done(x, &error);
	} else {
		conversation_near_left(&x->conversation);
	}
}

static void
child_exited(void *arg, int status)
{
	struct execution *x = arg;

	x->exited = true;
	timer_stop(&x->hang_up);
	x->status = child_status(status);
	if (x->talked)
		settle(x);
	else if (x->direct)
		see_off(x);
	else
		conversation_near_left(&x->conversation);
}

/* Runs the program, with in and out for its standard input and output. */
static bool
run(struct execution *x, struct children *children, int in, int out, struct error *err)
{
	const struct options *o = x->options;
	char room[COMMAND_MAX], *words[COMMAND_WORDS + 1];
	char *shell[] = {(char[]){"/bin/sh"}, (char[]){"-c"}, (char *)(uintptr_t)o->shell, NULL};
	struct environment environment;
	const char *why;
	bool started;

	if (o->shell == NULL && !words_split(room, words, COMMAND_WORDS, o->exec, &why))
		return error_set(err, FAULT_LOCAL, "-e %s: %s", o->exec, why);
	if (!environment_make(&environment, x->peer->fd, &x->peer->peer, o->datagrams, err))
		return false;
	started = child_start(&x->child, children, o->shell != NULL ? shell : words,
	    environment.list, in, out, child_exited, x, err);
	environment_free(&environment);
	return started;
}

static bool
start_direct(struct execution *x, struct children *children, struct error *err)
{
	const int fd = x->peer->fd;

	x->watch = (struct task){.want = watch_want, .serve = watch_serve};
	descriptor_block(fd, true);
	if (loop_add(x->loop, &x->watch, err)) {
		if (run(x, children, fd, fd, err))
			return true;
		loop_remove(x->loop, &x->watch);
	}
	connection_close(x->peer, true);
	return false;
}

/* Two pipes: what the child reads from, and what it writes to. */
static bool
start_pumped(struct execution *x, struct children *children, struct error *err)
{
	struct conversation *c = &x->conversation;
	int in[2] = {-1, -1}, out[2] = {-1, -1};
	bool started = false;

	conversation_begin(c, x->loop, x->options, conversation_done, x);
	conversation_far(c, x->peer);
	if (descriptor_pipe(in) == -1 || descriptor_pipe(out) == -1) {
		error_errno(err, FAULT_LOCAL, "pipe");
	} else {
		descriptor_block(in[0], true);
		descriptor_block(out[1], true);
		started = run(x, children, in[0], out[1], err);
	}
	(void)descriptor_close(in[0]);
	(void)descriptor_close(out[1]);
	conversation_near_child(c, out[0], in[1], execution_name(x->options));
	if (started && conversation_start(c, err))
		return true;
	child_signal(&x->child, SIGHUP);
	child_forget(&x->child);
	conversation_stop(c);
	return false;
}

bool
execution_start(struct execution *x, struct loop *loop, struct children *children,
    const struct options *o, struct connection *peer,
    void (*done)(void *, const struct error *, int), void *arg, struct error *err)
{
	*x = (struct execution){
	    .options = o,
	    .loop = loop,
	    .peer = peer,
	    .direct = execution_is_direct(o) && connection_is_bare(peer),
	    .done = done,
	    .arg = arg,
	};
	return x->direct ? start_direct(x, children, err) : start_pumped(x, children, err);
}

void
execution_watch(struct execution *x, void (*idles)(void *, bool))
{
	x->idles = idles;
	conversation_watch(&x->conversation, conversation_idles);
}

bool
execution_may_drop(struct execution *x)
{
	if (x->exited)
		return false;
	if (x->talked)
		return true;
	if (!x->direct)
		return pump_may_drop(&x->conversation.pump);
	return x->silent && !reads_on(x, READS_LONGEST) &&
	       (!connection_is_ip(x->peer) || socket_unacknowledged(x->peer->fd) <= 0);
}

void
execution_stop(struct execution *x)
{
	timer_stop(&x->hang_up);
	if (x->child.pid != 0 && !x->talked && x->direct) {
		loop_remove(x->loop, &x->watch);
		connection_close(x->peer, false);
	}
	conversation_stop(&x->conversation);
}

void
execution_break(struct execution *x, const struct error *cause)
{
	execution_stop(x);
	x->talked = true;
	x->error = *cause;
	child_signal(&x->child, SIGHUP);
	settle(x);
}
