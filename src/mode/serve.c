#include "mode/conversation.h"
#include "mode/mode.h"
#include "mode/say.h"
#include "net/listen.h"
#include "net/resolve.h"
#include "net/signals.h"

/* Listening: the first peer that arrives is talked to, and nobody after it. */
struct serving {
	const struct options *options;
	struct loop loop;
	struct signals signals; /* caught while there is something to remove */
	struct settings settings;
	char key[SECRET_MAX];
	struct listener listener;
	struct standard_watch watch; /* until there is a conversation */
	struct conversation conversation;
	int status;
};

static void
serve_end(struct serving *s, int status)
{
	s->status = status;
	loop_stop(&s->loop);
}

static void
conversation_done(void *arg, int status)
{
	serve_end(arg, status);
}

static void
serve_failed(void *arg, const struct error *error)
{
	serve_end(arg, complain(error));
}

static void
peer_arrived(void *arg, int fd, const struct peer *peer)
{
	struct serving *s = arg;
	char name[ADDRESS_TEXT];
	struct error error;
	bool by_path;

	/* Clients of a unix socket have no names worth telling, but for those of datagrams. */
	by_path = s->options->local && !(s->options->datagrams && address_named(&peer->address));
	address_text(name, by_path ? &s->listener.bound[0] : &peer->address);
	listener_stop(&s->listener);
	loop_remove(&s->loop, &s->watch.task);
	if (s->options->verbose > 0)
		say("Connection received on %s", name);
	if (!conversation_start(&s->conversation, &s->loop, s->options, fd, peer, name,
		conversation_done, s, &error))
		serve_failed(s, &error);
}

/* nc's sentence, also unasked when the port was left to the system. */
static void
say_listening(const struct serving *s)
{
	const struct options *o = s->options;
	char text[ADDRESS_TEXT];

	if (o->verbose == 0 && (o->local || o->port_number != 0))
		return;
	for (size_t i = 0; i < s->listener.count; i++)
		say("%s on %s", o->datagrams ? "Bound" : "Listening",
		    address_text(text, &s->listener.bound[i]));
}

/* Where to listen. */
static bool
find_addresses(struct addresses *out, const struct options *o, struct error *err)
{
	const struct lookup lookup = options_lookup(o);
	size_t max;

	if (!o->local)
		return resolve(out, &lookup, err);
	out->count = 1;
	address_local(&out->list[0], o->path, &max);
	return true;
}

static bool
serve_start(struct serving *s, struct error *err)
{
	const struct options *o = s->options;
	struct addresses addresses;

	if (!options_settings(&s->settings, o, s->key, err) ||
	    !find_addresses(&addresses, o, err) ||
	    (o->local && !signals_catch(&s->signals, &s->loop, err)) ||
	    !listener_open(&s->listener, &addresses, options_type(o), &s->settings, err) ||
	    !listener_start(&s->listener, &s->loop, peer_arrived, serve_failed, s, err) ||
	    (!o->send_only && !standard_watch(&s->watch, &s->loop, serve_failed, s, err)))
		return false;
	say_listening(s);
	return true;
}

int
serve(const struct options *o)
{
	struct serving s = {.options = o};
	struct error error;

	loop_init(&s.loop);
	if (!serve_start(&s, &error) || !loop_run(&s.loop, &error))
		s.status = complain(&error);
	conversation_stop(&s.conversation);
	listener_close(&s.listener);
	signals_release(&s.signals);
	loop_free(&s.loop);
	return s.status;
}
