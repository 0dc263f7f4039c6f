#include "service/watch.h"

static size_t
watch_want(struct task *task, struct pollfd *fds, size_t room, int64_t *deadline)
{
	const struct watch *w = (const struct watch *)task;
	const struct connection *c = &w->client->connection;

	(void)deadline;
	if (room > 0)
		fds[0] = (struct pollfd){
		    .fd = c->owned ? c->fd : -1, .events = w->finished ? 0 : END_RDHUP};
	return 1;
}

static void
watch_serve(struct task *task, const struct pollfd *fds, size_t count)
{
	struct watch *w = (struct watch *)task;
	struct client *client = w->client;
	const short revents = fds[0].revents;

	(void)count;
	/* A peer that has finished may go without a word. */
	if (!w->finished && connection_is_ip(&client->connection))
		socket_keepalive(client->connection.fd);
	w->finished = true;
	client_idles(client, true);
	if (!(revents & (POLLERR | POLLHUP | POLLNVAL)))
		return;
	watch_stop(w);
	/* POLLHUP is no break: of TCP it says that both sides have finished. */
	w->gone(client, (revents & POLLERR) != 0);
}

bool
watch_start(struct watch *w, struct client *client, void (*gone)(struct client *, bool broken),
    struct error *err)
{
	*w = (struct watch){
	    .task = {.want = watch_want, .serve = watch_serve}, .client = client, .gone = gone};
	return loop_add(client->common->loop, &w->task, err);
}

void
watch_stop(struct watch *w)
{
	if (w->client != NULL)
		loop_remove(w->client->common->loop, &w->task);
	w->client = NULL;
}
