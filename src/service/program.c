#include "service/program.h"

#include <signal.h>

#include "base/clock.h"
#include "net/descriptor.h"
#include "net/timer.h"
#include "service/environment.h"
#include "service/peer_watch.h"
#include "service/talk.h"

/*
 * Theory of operation. If data passes unchanged, the child gets the socket itself as standard input
 * and output (direct), and strait only watches whether the peer is still there. When the child has
 * exited, its output may still be in the send queue: a conversation without a child on the near
 * side takes over the socket, half-closes it and waits until everything is acknowledged. Otherwise
 * there are two pipes, and a conversation from the start.
 */

/* When the peer has gone, its program gets SIGHUP this long after it has last read input. */
#define GONE_LONGEST (60 * CLOCK_S)

/* A program that leaves its input unread for this long may be dropped for other clients. */
#define READS_LONGEST (1 * CLOCK_S)

struct program {
	struct talk talk;
	struct peer_watch watch; /* whether the peer has gone, while the child has the socket */
	bool direct;             /* the child has the socket, not pipes */
	int unread;              /* unread bytes at the last check, */
	int64_t unread_since;    /* and since when there are that many */
	struct timer hang_up;    /* after which the child gets SIGHUP, since the peer has gone */
	struct child child;
	int status; /* exit status of the child, as a shell reports it */
	bool exited;
	bool conversed; /* the conversation has ended, or the connection was closed */
	struct error error;
};

static struct program_common *
common_of(const struct program *p)
{
	return (struct program_common *)p->talk.client.common;
}

static struct loop *
loop_of(const struct program *p)
{
	return p->talk.client.common->loop;
}

static struct program *
program_of(struct client *c)
{
	return (struct program *)c;
}

/* Reports the end of the client once the child has exited and the conversation has ended. */
static void
program_report_end(struct program *p)
{
	if (p->exited && p->conversed)
		client_done(&p->talk.client, &p->error, p->status);
}

/* Whether there is unread data in the socket, and its amount has changed within patience. */
static bool
program_still_reads(struct program *p, int64_t patience)
{
	const int64_t now = clock_now();
	const int unread =
	    p->direct && !p->conversed ? socket_unread(p->talk.client.connection.fd) : 0;

	if (unread != p->unread)
		p->unread_since = now;
	p->unread = unread;
	return unread > 0 && now < clock_after(p->unread_since, patience);
}

static void program_hang_up_later(void *arg);

static void
program_hang_up(void *arg)
{
	struct program *p = arg;

	if (program_still_reads(p, GONE_LONGEST)) {
		program_hang_up_later(p);
	} else {
		client_trace(&p->talk.client, "timer: the program gets SIGHUP");
		child_signal(&p->child, SIGHUP);
	}
}

static void
program_hang_up_later(void *arg)
{
	struct program *p = arg;
	const int64_t at = clock_after(clock_now(), GONE_LONGEST);
	struct error error;

	if (!timer_start(&p->hang_up, loop_of(p), at, program_hang_up, p, &error))
		child_signal(&p->child, SIGHUP);
}

/*
 * The peer has gone. If the connection is broken, the child gets SIGHUP. If the peer has only
 * closed, the child may still be working on its input: SIGHUP comes some time after it has read
 * everything.
 */
static void
peer_gone(struct client *c, bool broken)
{
	struct program *p = program_of(c);

	client_trace(c, broken ? "the connection is broken: the program gets SIGHUP"
			       : "the peer has gone: the program gets SIGHUP in 60s");
	if (broken)
		child_signal(&p->child, SIGHUP);
	else
		program_hang_up_later(p);
}

static void
conversation_done(void *arg, const struct error *error)
{
	struct program *p = arg;
	const enum liveness far = pump_far_liveness(&p->talk.conversation.pump);
	const bool broken = error->fault != FAULT_NONE || far == LIVENESS_BROKEN;

	p->error = *error;
	p->conversed = true;
	if (!p->exited && (broken || far == LIVENESS_GONE))
		peer_gone(&p->talk.client, broken);
	if (!p->exited)
		client_idles(&p->talk.client, true);
	program_report_end(p);
}

/* The child that had the socket has exited: drain its remaining output to the peer. */
static void
program_drain(struct program *p)
{
	struct error error;

	client_trace(&p->talk.client, "the program has exited: its output is delivered");
	peer_watch_stop(&p->watch);
	client_idles(&p->talk.client, false);
	descriptor_block(p->talk.client.connection.fd, false);
	talk_prepare(&p->talk.client, conversation_done);
	conversation_near_child(&p->talk.conversation, -1, -1, common_of(p)->name);
	if (conversation_start(&p->talk.conversation, false, &error)) {
		conversation_near_left(&p->talk.conversation);
	} else {
		conversation_stop(&p->talk.conversation);
		conversation_done(p, &error);
	}
}

static void
child_exited(void *arg, int status)
{
	struct program *p = arg;

	p->exited = true;
	timer_stop(&p->hang_up);
	p->status = child_status(status);
	if (p->conversed)
		program_report_end(p);
	else if (p->direct)
		program_drain(p);
	else
		conversation_near_left(&p->talk.conversation);
}

/* Starts the child with in and out as standard input and output. */
static bool
program_run(struct program *p, int in, int out, struct error *err)
{
	const struct connection *peer = &p->talk.client.connection;
	struct program_common *common = common_of(p);
	struct environment environment;
	bool started;

	if (!environment_make(&environment, peer->fd, &peer->peer, common->datagrams, err))
		return false;
	started = child_start(&p->child, &common->children, common->words, environment.list, in,
	    out, child_exited, p, err);
	environment_free(&environment);
	return started;
}

static bool
program_start_direct(struct program *p, struct error *err)
{
	const int fd = p->talk.client.connection.fd;

	client_trace(&p->talk.client, "the program gets the socket itself");
	descriptor_block(fd, true);
	if (peer_watch_start(&p->watch, &p->talk.client, peer_gone, err) &&
	    program_run(p, fd, fd, err))
		return true;
	peer_watch_stop(&p->watch);
	connection_close(&p->talk.client.connection, true);
	return false;
}

/* Starts the child with two pipes, one for its input and one for its output. */
static bool
program_start_pumped(struct program *p, struct error *err)
{
	struct conversation *c = &p->talk.conversation;
	int in[2] = {-1, -1}, out[2] = {-1, -1};
	bool started = false;

	talk_prepare(&p->talk.client, conversation_done);
	if (descriptor_pipe(in) == -1 || descriptor_pipe(out) == -1) {
		error_errno(err, FAULT_LOCAL, "pipe");
	} else {
		descriptor_block(in[0], true);
		descriptor_block(out[1], true);
		started = program_run(p, in[0], out[1], err);
	}
	(void)descriptor_close(in[0]);
	(void)descriptor_close(out[1]);
	conversation_near_child(c, out[0], in[1], common_of(p)->name);
	if (started && talk_begin(&p->talk.client, err))
		return true;
	child_signal(&p->child, SIGHUP);
	child_forget(&p->child);
	conversation_stop(c);
	return false;
}

/* Whether programs get the socket itself, if the connection is only that. */
static bool
gives_sockets(const struct program_common *common)
{
	return !common->datagrams && talk_is_plain(&common->common.rules);
}

static bool
program_open(struct common *common, struct error *err)
{
	(void)err;
	children_watch(&((struct program_common *)common)->children, common->signals);
	return true;
}

static void
program_close(struct common *common)
{
	children_close(&((struct program_common *)common)->children, common->loop);
}

static int
program_descriptors(const struct common *common)
{
	return common->layers == NULL && gives_sockets((const struct program_common *)common) ? 0
											      : 4;
}

static bool
program_start(struct client *c, struct error *err)
{
	struct program *p = program_of(c);

	if (client_has_gone(c, err))
		return false;
	p->direct = gives_sockets(common_of(p)) && connection_is_plain_socket(&c->connection);
	return p->direct ? program_start_direct(p, err) : program_start_pumped(p, err);
}

static bool
program_may_drop(struct client *c)
{
	struct program *p = program_of(c);

	if (p->exited)
		return false;
	if (p->conversed)
		return true;
	if (!p->direct)
		return talk_may_drop(c);
	return p->watch.finished && !program_still_reads(p, READS_LONGEST) &&
	       (!connection_is_ip(&c->connection) || socket_unacknowledged(c->connection.fd) <= 0);
}

static void
program_stop(struct client *c)
{
	struct program *p = program_of(c);

	timer_stop(&p->hang_up);
	if (p->child.pid != 0 && !p->conversed && p->direct) {
		peer_watch_stop(&p->watch);
		connection_close(&c->connection, false);
	}
	conversation_stop(&p->talk.conversation);
}

static void
program_drop(struct client *c, const struct error *cause)
{
	struct program *p = program_of(c);

	program_stop(c);
	p->conversed = true;
	p->error = *cause;
	child_signal(&p->child, SIGHUP);
	program_report_end(p);
}

static bool
program_counts(const struct client *c, uint64_t *sent, uint64_t *received)
{
	const struct program *p = (const struct program *)c;

	return !p->direct && talk_counts(c, sent, received);
}

const struct service program_service = {
    .client_size = sizeof(struct program),
    .open = program_open,
    .close = program_close,
    .descriptors = program_descriptors,
    .start = program_start,
    .may_drop = program_may_drop,
    .drop = program_drop,
    .stop = program_stop,
    .counts = program_counts,
    .measure = talk_measure,
};
