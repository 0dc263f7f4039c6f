#include "mode/service_config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "codec/words.h"
#include "mode/progress.h"
#include "mode/say.h"

/* How long to wait for datagrams once the other side has finished, without -q and -w. */
#define DATAGRAM_QUIT CLOCK_S

/* How long to wait for the first byte of standard input once the peer has finished, without -q. */
#define INPUT_TIMEOUT (10 * CLOCK_S)

/* How long a sender of datagrams may be idle, without -w and --idle-timeout: they have no end. */
#define FLOW_IDLE (60 * CLOCK_S)

/* How messages are framed in a byte stream. With a delay between lines each line is one. */
static enum framing
framing_of(const struct options *o)
{
	if (o->frames)
		return FRAMING_FRAMES;
	if (o->lines)
		return FRAMING_LINES;
	return o->delay > 0 && options_type(o) != SOCK_STREAM ? FRAMING_TEXT : FRAMING_NONE;
}

/* Datagrams that answer what was sent have no end but silence. */
static int64_t
quit_of(const struct options *o, const struct service *service)
{
	const bool datagrams = o->datagrams || (o->to.text != NULL && o->to.type == SOCK_DGRAM);

	if (o->quit != DURATION_UNSET || !datagrams || (o->listen && service->stdio) ||
	    o->recv_only)
		return o->quit;
	return o->idle > DATAGRAM_QUIT ? o->idle : DATAGRAM_QUIT;
}

static enum visibility
visible_of(const struct options *o)
{
	if (o->visible == NULL)
		return VISIBLE_NOT;
	if (strcmp(o->visible, "auto") != 0)
		return VISIBLE_ALL;
	return isatty(STDOUT_FILENO) ? VISIBLE_TERMINAL : VISIBLE_NOT;
}

/* The options that are the same for every service. */
static struct talk_rules
talk_rules_of(const struct options *o, const struct service *service)
{
	const bool many = options_many(o), flows = o->datagrams && many && !service->stdio;
	const bool takes_turns = (many && !o->datagrams) || o->port_count > 1;

	return (struct talk_rules){
	    .framing = framing_of(o),
	    .datagram_size = (size_t)o->datagram_size,
	    .crlf = o->crlf,
	    .telnet = o->telnet,
	    .copy = o->no_splice,
	    .delay = o->delay,
	    .messages = (uint64_t)o->messages,
	    .idle = o->idle < 0 && flows ? FLOW_IDLE : o->idle,
	    .quit = quit_of(o, service),
	    /* On a half-closed connection telnet's requests could not be answered. */
	    .hold = o->no_shutdown ||
		    (service->stdio && (o->recv_only || (o->telnet && !o->half_close))),
	    .stdio = {.no_input = o->recv_only,
		.no_output = o->send_only,
		.keep = takes_turns,
		.screen = progress_screen(o)},
	    .input_timeout = many || o->send_only        ? -1
			     : o->quit != DURATION_UNSET ? o->quit
							 : INPUT_TIMEOUT,
	    .hold_null = o->listen && !o->send_only,
	    .listens = o->listen,
	    .stats = o->stats,
	    .one_of_several = options_several(o),
	    .trace = o->trace,
	    .visible = visible_of(o),
	    .rate_out = (uint64_t)(o->rate > 0 ? o->rate : o->rate_out),
	    .rate_in = (uint64_t)(o->rate > 0 ? o->rate : o->rate_in),
	    .watched = o->progress || o->stats || recording_wanted(&o->recording),
	};
}

static const struct service *
service_of(const struct options *o)
{
	if (o->exec != NULL || o->shell != NULL)
		return &program_service;
	if (o->broker || o->chat)
		return &room_service;
	return o->to.text != NULL ? &relay_service : &stdio_service;
}

static char *
constant(const char *text)
{
	return (char *)(uintptr_t)text;
}

/* The words of -e, or those that run the command of --sh-exec in a shell. */
static bool
configure_program(struct service_config *c, const struct options *o, struct error *err)
{
	const char *text = o->shell != NULL ? o->shell : o->exec, *why;
	char *room;

	c->words = malloc((COMMAND_WORDS + 1) * sizeof(*c->words) + COMMAND_MAX);
	if (c->words == NULL)
		return error_errno(err, FAULT_LOCAL, "memory");
	room = (char *)&c->words[COMMAND_WORDS + 1];
	c->program.words = c->words;
	c->program.name = text;
	c->program.datagrams = o->datagrams;
	if (o->shell == NULL)
		return words_split(room, c->words, COMMAND_WORDS, text, &why) ||
		       error_set(err, FAULT_LOCAL, "-e %s: %s", text, why);
	c->words[0] = constant("/bin/sh");
	c->words[1] = constant("-c");
	c->words[2] = constant(text);
	c->words[3] = NULL;
	return true;
}

/* The listener's settings are also used to connect, if the sockets are of the same kind. */
static void
configure_relay(struct service_config *c, const struct options *o, const struct settings *settings,
    struct observer *observer)
{
	const bool alike = o->to.type == options_type(o) && (o->to.path != NULL) == o->local;

	c->relay.to = o->to;
	c->relay.to.settings = alike ? settings : &settings_none;
	c->relay.to.layers = o->layers_out;
	c->relay.to.observer = observer;
	c->relay.to.quiet = true;
	c->relay.rules = options_opening(o);
	/* Other clients have the descriptors, and will go. */
	c->relay.rules.wait_for_descriptors = true;
}

bool
service_config_is_stdio(const struct options *o)
{
	return service_of(o)->stdio;
}

static struct recording_rules
recording_rules_of(const struct options *o)
{
	const char *no_color = getenv("NO_COLOR");
	struct recording_rules rules = o->recording;

	/* no-color.org: an empty one does not count. */
	rules.plain = no_color != NULL && no_color[0] != '\0';
	rules.standard = &say_standard;
	return rules;
}

bool
service_config_make(struct service_config *c, const struct options *o,
    const struct settings *settings, struct loop *loop, struct observer *observer,
    struct error *err)
{
	const struct service *service = service_of(o);
	const struct recording_rules recording = recording_rules_of(o);

	*c = (struct service_config){0};
	if (!recording_open(&c->recording, &recording, loop, observer, err))
		return false;
	c->common.service = service;
	c->common.rules = talk_rules_of(o, service);
	c->common.layers = o->layers_in;
	if (recording_wanted(&o->recording))
		c->common.rules.recording = &c->recording;
	if (service == &program_service)
		return configure_program(c, o, err);
	if (service == &relay_service)
		configure_relay(c, o, settings, observer);
	if (service == &room_service)
		c->room.chat = o->chat;
	return true;
}

bool
service_config_free(struct service_config *c, struct error *err)
{
	free(c->words);
	/* After a signal nothing is waited for. */
	return recording_close(
	    &c->recording, c->common.signals == NULL || c->common.signals->caught == 0, err);
}
