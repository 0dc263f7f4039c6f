#include "mode/mode.h"
#include "mode/say.h"
#include "mode/server.h"

/*
 * Listens for connections: either for one, whose outcome is the program's, or with -k for many that
 * are served at the same time, where the end of one does not end the server.
 */

static void
one_arrived(void *arg, int fd, const struct peer *peer)
{
	struct server *s = arg;
	struct error error;

	timer_stop(&s->wait_timer);
	listener_stop(&s->listener);
	if (server_accept(s, fd, peer, NULL, &error) == NULL)
		server_failed(s, &error);
}

static bool
start_one(struct server *s, struct error *err)
{
	return server_listen(s, one_arrived, err);
}

static void
one_of_many_arrived(void *arg, int fd, const struct peer *peer)
{
	struct server *s = arg;
	struct error error;

	timer_stop(&s->wait_timer);
	if (server_accept(s, fd, peer, NULL, &error) == NULL)
		server_tell_failed(s, peer, &error, error.fault != FAULT_PEER);
}

static bool
start_many(struct server *s, struct error *err)
{
	return server_listen(s, one_of_many_arrived, err);
}

int
serve(const struct options *o)
{
	static const struct server_kind one = {.start = start_one};
	static const struct server_kind many = {.many = true, .refuses = true, .start = start_many};
	struct server s = {0};

	if (options_many(o) && o->datagrams)
		return serve_datagrams(o);
	return server_run(&s, o, options_many(o) ? &many : &one);
}
