#include "service/peer_watch.h"

static size_t
peer_watch_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct peer_watch *w = (const struct peer_watch *)task;
	const struct connection *c = &w->client->connection;

	(void)deadline;
	if (room > 0)
		fds[0] = (struct pollfd){
		    .fd = c->owned ? c->fd : -1, .events = w->finished ? 0 : END_RDHUP};
	return 1;
}

static void
peer_watch_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct peer_watch *w = (struct peer_watch *)task;
	struct client *client = w->client;
	const short revents = fds[0].revents;

	(void)count;
	/* From now on only keepalive probes detect that the peer has gone. */
	if (!w->finished && connection_is_ip(&client->connection))
		socket_keepalive(client->connection.fd);
	w->finished = true;
	client_idles(client, true);
	if (!(revents & (POLLERR | POLLHUP | POLLNVAL)))
		return;
	peer_watch_stop(w);
	/* POLLHUP is not an error: with TCP it means that both sides have finished. */
	w->gone(client, (revents & POLLERR) != 0);
}

bool
peer_watch_start(struct peer_watch *w, struct client *client,
    void (*gone)(struct client *, bool broken), struct error *err)
{
	*w = (struct peer_watch){.task = {.want = peer_watch_want, .serve = peer_watch_serve},
	    .client = client,
	    .gone = gone};
	return loop_add(client->common->loop, &w->task, err);
}

void
peer_watch_stop(struct peer_watch *w)
{
	if (w->client != NULL)
		loop_remove(w->client->common->loop, &w->task);
	w->client = NULL;
}
