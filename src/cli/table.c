#include "cli/table.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/number.h"
#include "mode/options.h"

#define AT(field) offsetof(struct options, field)
#define LONGEST DURATION_MAX
#define NO_TLS "this build does not support TLS"
#define NO_PROXY "this build does not support proxies"

const char *const option_groups[GROUP_COUNT] = {
    [GROUP_TALK] = "Address family, socket type, role",
    [GROUP_END] = "Timeouts, and when it ends (SECS: 2, 0.5, 250ms, 10m, 1h)",
    [GROUP_WAYS] = "Connecting, sending and receiving",
    [GROUP_SERVE] = "Serving clients, with -l",
    [GROUP_SOCKET] = "Socket settings (SIZE: 4096, 64k, 1M)",
    [GROUP_ABOUT] = "Information",
};

/* clang-format off */
const struct option_row option_table[] = {
    {.key = '4', .type = TYPE_FLAG, .offset = AT(ipv4), .excludes = {'6'},
	.group = GROUP_TALK, .help = "use IPv4 only"},
    {.key = '6', .type = TYPE_FLAG, .offset = AT(ipv6),
	.group = GROUP_TALK, .help = "use IPv6 only"},
    {.key = 'U', .name = "unixsock", .type = TYPE_FLAG, .offset = AT(local),
	.group = GROUP_TALK, .help = "use a unix socket; @NAME is an abstract name"},
    {.key = 'u', .name = "udp", .type = TYPE_FLAG, .offset = AT(datagrams),
	.group = GROUP_TALK, .help = "use datagrams: UDP, or unix datagrams with -U"},
    {.key = KEY_SEQPACKET, .name = "seqpacket", .type = TYPE_FLAG, .offset = AT(seqpacket),
	.needs = {'U'}, .excludes = {'u'}, .group = GROUP_TALK,
	.help = "use a unix socket that keeps message boundaries"},
    {.key = 'l', .name = "listen", .type = TYPE_FLAG, .offset = AT(listen),
	.group = GROUP_TALK, .help = "listen instead of connecting"},
    {.key = 'n', .name = "nodns", .type = TYPE_FLAG, .offset = AT(numeric),
	.group = GROUP_TALK, .help = "accept numeric hosts and ports only; no DNS"},
    {.key = 'v', .name = "verbose", .type = TYPE_COUNT, .offset = AT(verbose),
	.group = GROUP_TALK, .help = "report what happens on standard error; -vv: more"},

    {.key = 'N', .type = TYPE_FLAG, .offset = AT(half_close), .excludes = {KEY_NO_SHUTDOWN},
	.group = GROUP_END, .help = "half-close at the end of input (the default)"},
    {.key = KEY_NO_SHUTDOWN, .name = "no-shutdown", .type = TYPE_FLAG,
	.offset = AT(no_shutdown), .excludes = {'u'}, .group = GROUP_END,
	.help = "do not half-close before the peer has finished"},
    {.key = 'q', .type = TYPE_DURATION, .offset = AT(quit), .argument = "SECS",
	.min = -LONGEST, .max = LONGEST, .group = GROUP_END,
	.help = "when one side has finished, wait at most SECS for\n"
		"the other (negative, the default: no limit)"},
    {.key = 'w', .type = TYPE_DURATION, .offset = AT(timeout), .argument = "SECS",
	.min = 0, .max = LONGEST, .group = GROUP_END,
	.help = "connect within SECS, and end when no byte has moved\n"
		"in either direction for SECS"},
    {.key = KEY_WAIT, .name = "wait", .type = TYPE_DURATION, .offset = AT(wait),
	.argument = "SECS", .min = CLOCK_MS, .max = LONGEST,
	.group = GROUP_END,
	.help = "connect within SECS; with -l (and without --to):\n"
		"wait at most SECS for the first client"},
    {.key = KEY_IDLE_TIMEOUT, .name = "idle-timeout", .type = TYPE_DURATION,
	.offset = AT(idle), .argument = "SECS", .min = CLOCK_MS, .max = LONGEST,
	.group = GROUP_END, .help = "end when no byte has moved for SECS"},
    {.key = 'd', .name = "recv-only", .type = TYPE_FLAG, .offset = AT(recv_only),
	.excludes = {KEY_SEND_ONLY}, .group = GROUP_END,
	.help = "do not read input; end when the peer has finished"},
    {.key = KEY_SEND_ONLY, .name = "send-only", .type = TYPE_FLAG, .offset = AT(send_only),
	.group = GROUP_END, .help = "discard what the peer sends; end when all input\nis acknowledged"},
    {.key = 'W', .type = TYPE_NUMBER, .offset = AT(messages), .argument = "N", .min = 1,
	.max = LLONG_MAX, .needs = {'u', KEY_SEQPACKET, KEY_FRAMES},
	.excludes = {KEY_SEND_ONLY}, .group = GROUP_END,
	.help = "end after receiving N messages"},

    {.key = 'C', .name = "crlf", .type = TYPE_FLAG, .offset = AT(crlf),
	.excludes = {KEY_LINES, KEY_FRAMES}, .group = GROUP_WAYS, .help = "send CRLF instead of LF"},
    {.key = 'i', .name = "delay", .type = TYPE_DURATION, .offset = AT(delay),
	.argument = "SECS", .min = CLOCK_MS, .max = LONGEST, .group = GROUP_WAYS,
	.help = "wait SECS between lines sent and between ports"},
    {.key = 't', .name = "telnet", .type = TYPE_FLAG, .offset = AT(telnet),
	.excludes = {'u', KEY_SEQPACKET, KEY_FRAMES, 'z'}, .group = GROUP_WAYS,
	.help = "refuse telnet negotiation"},
    {.key = 'z', .type = TYPE_FLAG, .offset = AT(scan),
	.excludes = {'l', 'F', 'W', KEY_SEND_ONLY, KEY_LINES, KEY_FRAMES, KEY_DATAGRAM_SIZE},
	.group = GROUP_WAYS, .help = "scan: report which ports are open, send no data"},
    {.key = KEY_PROBE, .name = "probe", .type = TYPE_TEXT, .offset = AT(probe),
	.argument = "STRING", .needs = {'z'}, .needs_too = {'u'}, .excludes = {'U'},
	.group = GROUP_WAYS, .help = "with -zu: the datagram to send to each port"},
    {.key = KEY_RETRY, .name = "retry", .type = TYPE_PERIOD, .offset = AT(retry),
	.argument = "SECS", .min = CLOCK_MS, .max = LONGEST, .group = GROUP_WAYS,
	.help = "keep trying to connect, for SECS or without limit"},
    {.key = KEY_LINES, .name = "lines", .type = TYPE_FLAG, .offset = AT(lines),
	.needs = {'u', KEY_SEQPACKET, KEY_TO}, .excludes = {KEY_FRAMES, KEY_DATAGRAM_SIZE},
	.group = GROUP_WAYS, .help = "each line of input is a message, and each message\n"
		"received becomes a line"},
    {.key = KEY_FRAMES, .name = "frames", .type = TYPE_FLAG, .offset = AT(frames),
	.excludes = {KEY_DATAGRAM_SIZE}, .group = GROUP_WAYS,
	.help = "each message on standard input and output follows\n"
		"its length, four bytes"},
    {.key = KEY_DATAGRAM_SIZE, .name = "datagram-size", .type = TYPE_SIZE,
	.offset = AT(datagram_size), .argument = "SIZE", .min = 1, .max = INT_MAX,
	.needs = {'u', KEY_SEQPACKET, KEY_TO}, .group = GROUP_WAYS,
	.help = "split input into datagrams of at most SIZE bytes"},
    {.key = 'F', .type = TYPE_FLAG, .offset = AT(pass),
	.excludes = {'l', 'u', 'C', 't', 'i', KEY_LINES, KEY_FRAMES, 'd', KEY_SEND_ONLY},
	.group = GROUP_WAYS, .help = "pass the connected socket over standard output and\n"
		"exit (for ssh's ProxyUseFdpass)"},

    {.key = 'k', .name = "keep-open", .type = TYPE_FLAG, .offset = AT(keep_open),
	.needs = {'l'}, .group = GROUP_SERVE,
	.help = "serve many clients at the same time; each gets the\n"
		"whole of a regular file on standard input"},
    {.key = KEY_MAX_CONNS, .name = "max-conns", .type = TYPE_NUMBER, .offset = AT(max_conns),
	.argument = "N", .min = 0, .max = INT_MAX, .needs = {'k', KEY_BROKER, KEY_CHAT},
	.group = GROUP_SERVE, .help = "serve at most N clients at once (default 100)"},
    {.key = 'e', .name = "exec", .type = TYPE_COMMAND, .offset = AT(exec), .argument = "CMD",
	.values = VALUES_COMMANDS,
	.excludes = {KEY_SH_EXEC, KEY_TO, KEY_BROKER, KEY_CHAT, 'd', KEY_SEND_ONLY, 'F', 'z'},
	.group = GROUP_SERVE, .help = "run a program for each client (without -l, for the\n"
		"connection)"},
    {.key = KEY_SH_EXEC, .name = "sh-exec", .type = TYPE_TEXT, .min = 1, .offset = AT(shell),
	.argument = "CMD", .values = VALUES_COMMANDS, .excludes = {KEY_TO, KEY_BROKER, KEY_CHAT, 'd', KEY_SEND_ONLY, 'F', 'z'},
	.group = GROUP_SERVE, .help = "the same, with /bin/sh -c"},
    {.key = KEY_TO, .name = "to", .type = TYPE_TEXT, .min = 1, .offset = AT(to.text),
	.argument = "ADDRESS", .needs = {'l'},
	.excludes = {KEY_BROKER, KEY_CHAT, 'd', KEY_SEND_ONLY, 'C', 't', 'i'},
	.group = GROUP_SERVE, .help = "connect each client to host:port, [::1]:port,\n"
		"unix:/path, tcp:..., udp:..., unixgram:/path"},
    {.key = KEY_BROKER, .name = "broker", .type = TYPE_FLAG, .offset = AT(broker),
	.needs = {'l'}, .excludes = {'u', KEY_SEQPACKET, 'd', KEY_SEND_ONLY, 'C', 't', 'i',
	KEY_FRAMES, 'q', KEY_NO_SHUTDOWN}, .group = GROUP_SERVE,
	.help = "send what each client says to all others"},
    {.key = KEY_CHAT, .name = "chat", .type = TYPE_FLAG, .offset = AT(chat), .needs = {'l'},
	.excludes = {'u', KEY_SEQPACKET, 'd', KEY_SEND_ONLY, 'C', 't', 'i', KEY_FRAMES, 'q',
	KEY_NO_SHUTDOWN}, .group = GROUP_SERVE,
	.help = "the same, line by line, with the sender's name"},
    {.key = KEY_ALLOW, .name = "allow", .type = TYPE_ACCESS, .offset = AT(access),
	.argument = "LIST", .min = ACCESS_ALLOW, .needs = {'l'}, .group = GROUP_SERVE,
	.help = "accept only these clients: 10.0.0.0/8,2001:db8::/32,\n"
		"host.example,uid:1000"},
    {.key = KEY_ALLOWFILE, .name = "allowfile", .type = TYPE_ACCESS, .offset = AT(access),
	.argument = "FILE", .values = VALUES_FILES, .min = ACCESS_ALLOWFILE, .needs = {'l'}, .group = GROUP_SERVE,
	.help = "accept only the clients listed in FILE"},
    {.key = KEY_DENY, .name = "deny", .type = TYPE_ACCESS, .offset = AT(access),
	.argument = "LIST", .min = ACCESS_DENY, .needs = {'l'}, .group = GROUP_SERVE,
	.help = "refuse these clients, even if they are allowed"},
    {.key = KEY_DENYFILE, .name = "denyfile", .type = TYPE_ACCESS, .offset = AT(access),
	.argument = "FILE", .values = VALUES_FILES, .min = ACCESS_DENYFILE, .needs = {'l'}, .group = GROUP_SERVE,
	.help = "refuse the clients listed in FILE"},
    {.key = KEY_INHERIT, .name = "inherit", .type = TYPE_DESCRIPTOR, .offset = AT(inherit),
	.argument = "FD", .min = 3, .max = INT_MAX, .needs = {'l'},
	.excludes = {'p', 's', KEY_MODE, KEY_BACKLOG, 'S', KEY_MPTCP},
	.group = GROUP_SERVE, .help = "listen on sockets from the service manager, or on\n"
		"descriptor FD"},

    {.key = 'p', .name = "source-port", .type = TYPE_TEXT, .offset = AT(source_port),
	.argument = "PORT", .values = VALUES_SERVICES, .excludes = {'U'}, .group = GROUP_SOCKET,
	.help = "the port to connect from, or to listen on"},
    {.key = 's', .name = "source", .type = TYPE_TEXT, .offset = AT(source),
	.min = 1, .argument = "ADDR", .group = GROUP_SOCKET,
	.help = "the address (with -U the path) to connect from,\nor to listen on"},
    {.key = 'r', .type = TYPE_FLAG, .offset = AT(random_ports), .excludes = {'l', 'p', 'U'},
	.group = GROUP_SOCKET, .help = "try ports in random order"},
    {.key = 'b', .type = TYPE_FLAG, .offset = AT(settings.broadcast), .needs = {'u'},
	.excludes = {'U'}, .group = GROUP_SOCKET, .help = "allow sending to broadcast addresses"},
    {.key = 'I', .type = TYPE_SIZE, .offset = AT(settings.receive_buffer),
	.argument = "SIZE", .min = 1, .max = INT_MAX, .group = GROUP_SOCKET,
	.help = "size of the receive buffer"},
    {.key = 'O', .type = TYPE_SIZE, .offset = AT(settings.send_buffer), .argument = "SIZE",
	.min = 1, .max = INT_MAX, .group = GROUP_SOCKET, .help = "size of the send buffer"},
    {.key = 'T', .type = TYPE_CLASS, .offset = AT(settings.traffic_class),
	.argument = "CLASS", .excludes = {'U'}, .group = GROUP_SOCKET,
	.help = "traffic class: lowdelay, ef, af11, cs3, 0x20, ..."},
    {.key = 'M', .type = TYPE_NUMBER, .offset = AT(settings.ttl), .argument = "TTL",
	.min = 1, .max = 255, .excludes = {'U'}, .group = GROUP_SOCKET,
	.help = "time to live (hop limit) of what is sent"},
    {.key = 'm', .type = TYPE_NUMBER, .offset = AT(settings.min_ttl), .argument = "MINTTL",
	.min = 1, .max = 255, .excludes = {'u', 'U'}, .group = GROUP_SOCKET,
	.help = "accept only packets with at least this time to live"},
    {.key = KEY_INTERFACE, .name = "interface", .type = TYPE_TEXT,
	.offset = AT(settings.interface), .min = 1, .argument = "NAME",
	.values = VALUES_INTERFACES, .excludes = {'U'},
	.group = GROUP_SOCKET, .help = "use this network interface only"},
    {.key = KEY_NODELAY, .name = "nodelay", .type = TYPE_FLAG, .offset = AT(settings.nodelay),
	.excludes = {'u', 'U'}, .group = GROUP_SOCKET, .help = "send small pieces at once (no Nagle algorithm)"},
    {.key = KEY_KEEPALIVE, .name = "keepalive", .type = TYPE_DURATION,
	.offset = AT(settings.keepalive), .argument = "SECS", .min = CLOCK_S,
	.max = 32767 * CLOCK_S, .excludes = {'u', 'U'}, .group = GROUP_SOCKET,
	.help = "probe an idle peer every SECS"},
    {.key = KEY_USER_TIMEOUT, .name = "user-timeout", .type = TYPE_DURATION,
	.offset = AT(settings.user_timeout), .argument = "SECS", .min = CLOCK_MS,
	.max = INT_MAX * CLOCK_MS, .excludes = {'u', 'U'}, .group = GROUP_SOCKET,
	.help = "how long sent data may stay unacknowledged"},
    {.key = KEY_CONGESTION, .name = "congestion", .type = TYPE_TEXT,
	.offset = AT(settings.congestion), .min = 1, .argument = "NAME",
	.values = VALUES_CONGESTION, .excludes = {'u', 'U'},
	.group = GROUP_SOCKET, .help = "TCP congestion control algorithm"},
    {.key = KEY_MARK, .name = "mark", .type = TYPE_NUMBER, .offset = AT(settings.mark),
	.argument = "N", .min = 1, .max = UINT32_MAX, .excludes = {'U'},
	.group = GROUP_SOCKET, .help = "mark packets for the firewall and for routing"},
    {.key = KEY_MPTCP, .name = "mptcp", .type = TYPE_FLAG, .offset = AT(settings.mptcp),
	.excludes = {'u', 'U'}, .group = GROUP_SOCKET, .help = "use multipath TCP"},
    {.key = KEY_FASTOPEN, .name = "fastopen", .type = TYPE_FLAG,
	.offset = AT(settings.fastopen), .excludes = {'u', 'U', 'z'}, .group = GROUP_SOCKET,
	.help = "use TCP fast open: send data in the first packet"},
    {.key = KEY_BACKLOG, .name = "backlog", .type = TYPE_NUMBER,
	.offset = AT(settings.backlog), .argument = "N", .min = 1, .max = INT_MAX,
	.needs = {'l'}, .excludes = {'u'}, .group = GROUP_SOCKET,
	.help = "how many connections may wait to be accepted"},
    {.key = KEY_MULTICAST, .name = "multicast", .type = TYPE_TEXT,
	.offset = AT(settings.multicast.text), .argument = "GROUP[%IFACE]", .needs = {'u'},
	.excludes = {'U'}, .group = GROUP_SOCKET, .help = "join a multicast group"},
    {.key = KEY_MULTICAST_TTL, .name = "multicast-ttl", .type = TYPE_NUMBER,
	.offset = AT(settings.multicast_ttl), .argument = "N", .min = 0, .max = 255,
	.needs = {'u'}, .excludes = {'U'}, .group = GROUP_SOCKET,
	.help = "time to live of multicast datagrams"},
    {.key = KEY_MULTICAST_LOOP, .name = "multicast-loop", .type = TYPE_CHOICE,
	.offset = AT(settings.multicast_loop), .argument = "on|off", .needs = {'u'},
	.excludes = {'U'}, .group = GROUP_SOCKET, .help = "whether this host receives its own multicast"},
    {.key = KEY_MODE, .name = "mode", .type = TYPE_PERMISSIONS, .offset = AT(settings.mode),
	.argument = "OCTAL", .needs = {'l'}, .needs_too = {'U'}, .group = GROUP_SOCKET,
	.help = "permissions of the unix socket that is listened on"},
    {.key = 'S', .type = TYPE_FLAG, .offset = AT(md5), .excludes = {'u', 'U'},
	.group = GROUP_SOCKET,
	.help = "TCP MD5 signatures; STRAIT_TCP_MD5 holds the key"},
    {.key = 'D', .type = TYPE_FLAG, .offset = AT(settings.debug), .group = GROUP_SOCKET,
	.help = "turn on socket debugging in the kernel"},
    {.key = 'V', .type = TYPE_NUMBER, .offset = AT(settings.routing_table),
	.argument = "RTABLE", .min = 0, .max = INT_MAX, .excludes = {'U'},
	.group = GROUP_SOCKET, .help = "use this routing table (OpenBSD)"},

    {.key = KEY_COMPLETION, .name = "completion", .type = TYPE_CHOICE,
	.offset = AT(completion), .argument = "bash|zsh|fish", .group = GROUP_ABOUT,
	.help = "print a completion script for this shell"},
    {.key = 'h', .name = "help", .type = TYPE_FLAG, .offset = AT(help),
	.group = GROUP_ABOUT, .help = "print this help"},
    {.key = KEY_VERSION, .name = "version", .type = TYPE_FLAG, .offset = AT(version),
	.group = GROUP_ABOUT, .help = "print the version and the features of this build"},

    {.key = 'c', .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = "means TLS in one nc and a shell command in another; for a command use --sh-exec"},
    {.key = 'o', .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = "means a hex dump in one nc and a log in another; this build has neither"},
    {.key = 'x', .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = "means a proxy in one nc and a hex dump in another; this build has neither"},
    {.key = 'L', .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = "means a tunnel in one nc and repeated listening in another; use -l --to or -l -k"},
    {.key = 'X', .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = NO_PROXY},
    {.key = 'P', .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = NO_PROXY},
    {.key = 'H', .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = NO_TLS},
    {.key = 'K', .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = NO_TLS},
    {.key = 'R', .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = NO_TLS},
    {.key = 'g', .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = "source routing is no longer supported on the internet"},
    {.key = 'G', .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = "source routing is no longer supported on the internet"},
    {.key = 'Z', .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = "Linux no longer supports DCCP"},
    {.key = KEY_REFUSED, .name = "ssl", .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = NO_TLS},
    {.key = KEY_REFUSED, .name = "tls", .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = NO_TLS},
    {.key = KEY_REFUSED, .name = "starttls", .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = NO_TLS},
    {.key = KEY_REFUSED, .name = "proxy", .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = NO_PROXY},
    {.key = KEY_REFUSED, .name = "timeout", .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = "use -w, or --wait for connecting and --idle-timeout for an idle connection"},
    {.key = KEY_REFUSED, .name = "hex-dump", .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = "this build has no such option; pipe standard output through hexdump(1)"},
    {.key = KEY_REFUSED, .name = "hexdump", .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = "this build has no such option; pipe standard output through hexdump(1)"},
    {.key = KEY_REFUSED, .name = "output", .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = "this build has no such option; redirect standard output, or use tee(1)"},
    {.key = KEY_REFUSED, .name = "append-output", .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = "this build has no such option; redirect standard output, or use tee(1)"},
    {.key = KEY_REFUSED, .name = "lua-exec", .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = "this build does not support Lua; use --exec"},
    {.key = KEY_REFUSED, .name = "tunnel", .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = "use -l --to"},
    {.key = KEY_REFUSED, .name = "sctp", .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = "this build does not support SCTP"},
    {.key = KEY_REFUSED, .name = "vsock", .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = "this build does not support vsock"},
    {.key = KEY_REFUSED, .name = "close", .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = "use -q 0"},
    {.key = KEY_REFUSED, .name = "randomize", .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = "use -r"},
    {.key = KEY_REFUSED, .name = "zero", .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = "use -z"},
    {.key = KEY_REFUSED, .name = "local-port", .type = TYPE_REFUSED, .group = GROUP_NONE,
	.help = "use -p"},
    {.key = KEY_NONE},
};
/* clang-format on */

bool
option_may_lack_value(const struct option_row *row)
{
	return row->type == TYPE_PERIOD || row->type == TYPE_DESCRIPTOR;
}

bool
option_shown(const struct option_row *row)
{
	return row->group != GROUP_NONE;
}

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
