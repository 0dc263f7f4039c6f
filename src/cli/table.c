#include "cli/table.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>

#include "base/clock.h"
#include "mode/options.h"

#define AT(field) offsetof(struct options, field)
#define LONGEST (INT64_MAX / 2)

const char *const option_groups[GROUP_COUNT] = {
    [GROUP_TALK] = "Whom to talk to, and how",
    [GROUP_END] = "When it ends (SECS: 2, 0.5, 250ms, 10m, 1h)",
    [GROUP_ABOUT] = "About strait",
};

/* clang-format off */
const struct option_row option_table[] = {
    {.key = '4', .type = TYPE_FLAG, .offset = AT(ipv4), .excludes = {'6', 'U'},
	.group = GROUP_TALK, .help = "IPv4 alone"},
    {.key = '6', .type = TYPE_FLAG, .offset = AT(ipv6), .excludes = {'U'},
	.group = GROUP_TALK, .help = "IPv6 alone"},
    {.key = 'U', .name = "unixsock", .type = TYPE_FLAG, .offset = AT(local),
	.group = GROUP_TALK, .help = "a unix socket; @NAME is an abstract one"},
    {.key = 'u', .name = "udp", .type = TYPE_FLAG, .offset = AT(datagrams),
	.group = GROUP_TALK, .help = "datagrams: UDP, or unix ones with -U"},
    {.key = KEY_SEQPACKET, .name = "seqpacket", .type = TYPE_FLAG, .offset = AT(seqpacket),
	.needs = {'U'}, .excludes = {'u'}, .group = GROUP_TALK,
	.help = "a unix socket that keeps messages apart, connected"},
    {.key = 'l', .name = "listen", .type = TYPE_FLAG, .offset = AT(listen),
	.group = GROUP_TALK, .help = "wait for a peer instead of connecting"},
    {.key = 'p', .name = "source-port", .type = TYPE_TEXT, .offset = AT(port), .argument = "PORT",
	.needs = {'l'}, .excludes = {'U'}, .group = GROUP_TALK, .help = "the port to listen on"},
    {.key = 's', .name = "source", .type = TYPE_TEXT, .offset = AT(host), .argument = "ADDR",
	.needs = {'l'}, .excludes = {'U'}, .group = GROUP_TALK,
	.help = "the address to listen on"},
    {.key = 'n', .name = "nodns", .type = TYPE_FLAG, .offset = AT(numeric),
	.group = GROUP_TALK, .help = "numeric hosts and ports alone"},
    {.key = 'v', .name = "verbose", .type = TYPE_COUNT, .offset = AT(verbose),
	.group = GROUP_TALK, .help = "say what happens; twice: more"},

    {.key = 'N', .type = TYPE_FLAG, .offset = AT(half_close), .excludes = {KEY_NO_SHUTDOWN},
	.group = GROUP_END, .help = "half-close at the end of input: the default"},
    {.key = KEY_NO_SHUTDOWN, .name = "no-shutdown", .type = TYPE_FLAG,
	.offset = AT(no_shutdown), .excludes = {'u'}, .group = GROUP_END,
	.help = "do not half-close before the peer has finished"},
    {.key = 'q', .type = TYPE_DURATION, .offset = AT(quit), .argument = "SECS",
	.min = -LONGEST, .max = LONGEST, .group = GROUP_END,
	.help = "when one side has finished, the other gets SECS\n"
		"(negative: for ever, the default for streams)"},
    {.key = 'w', .type = TYPE_DURATION, .offset = AT(timeout), .argument = "SECS",
	.min = CLOCK_MS, .max = LONGEST, .group = GROUP_END,
	.help = "give up connecting after SECS, and end when\n"
		"neither side has moved a byte for SECS"},
    {.key = KEY_WAIT, .name = "wait", .type = TYPE_DURATION, .offset = AT(wait),
	.argument = "SECS", .min = CLOCK_MS, .max = LONGEST, .excludes = {'l'},
	.group = GROUP_END, .help = "the first half of -w alone"},
    {.key = KEY_IDLE_TIMEOUT, .name = "idle-timeout", .type = TYPE_DURATION,
	.offset = AT(idle), .argument = "SECS", .min = CLOCK_MS, .max = LONGEST,
	.group = GROUP_END, .help = "the second half alone"},
    {.key = 'd', .name = "recv-only", .type = TYPE_FLAG, .offset = AT(recv_only),
	.excludes = {KEY_SEND_ONLY}, .group = GROUP_END,
	.help = "never read input; done when the peer has finished"},
    {.key = KEY_SEND_ONLY, .name = "send-only", .type = TYPE_FLAG, .offset = AT(send_only),
	.group = GROUP_END, .help = "throw away what the peer sends; done when all\nis acknowledged"},
    {.key = 'W', .type = TYPE_NUMBER, .offset = AT(messages), .argument = "N", .min = 1,
	.max = LLONG_MAX, .needs = {'u', KEY_SEQPACKET}, .excludes = {KEY_SEND_ONLY},
	.group = GROUP_END, .help = "end after N datagrams received"},

    {.key = KEY_COMPLETION, .name = "completion", .type = TYPE_CHOICE,
	.offset = AT(completion), .argument = "bash|zsh|fish", .group = GROUP_ABOUT,
	.help = "print what makes a shell complete these options"},
    {.key = 'h', .name = "help", .type = TYPE_FLAG, .offset = AT(help),
	.group = GROUP_ABOUT, .help = "print this"},
    {.key = KEY_VERSION, .name = "version", .type = TYPE_FLAG, .offset = AT(version),
	.group = GROUP_ABOUT, .help = "print the version, and what the build has"},
    {.key = KEY_NONE},
};
/* clang-format on */

const struct option_row *
option_find(int key)
{
	for (const struct option_row *row = option_table; row->key != KEY_NONE; row++)
		if (row->key == key)
			return row;
	return NULL;
}

char *
option_spelling(char buf[static 32], const struct option_row *row)
{
	if (row->key < KEY_SEQPACKET)
		snprintf(buf, 32, "-%c", row->key);
	else
		snprintf(buf, 32, "--%s", row->name);
	return buf;
}
