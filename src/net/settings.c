#include "net/settings.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "net/descriptor.h"
#include "net/multicast.h"

/*
 * Theory of operation. Settings that are a number are rows of tables. A constant that this system
 * lacks is defined as NOT_HERE; settings_check rejects such a setting before any socket is made.
 */

#define NOT_HERE (-1)

/* A receive buffer for a few thousand datagrams: about 10 ms of a fast sender. */
#define BURST_SIZE (4 << 20)

/* The send buffer of a unix stream; the kernel limits it. A larger one means fewer wake-ups. */
#define LOCAL_SEND_SIZE (1 << 20)

#define FASTOPEN_QUEUE 64

const struct settings settings_none = {.routing_table = -1, .mode = -1, .multicast_ttl = -1};

#ifndef IP_MINTTL
#define IP_MINTTL NOT_HERE
#endif
#ifndef IPV6_MINHOPCOUNT
#define IPV6_MINHOPCOUNT NOT_HERE
#endif
#ifndef SO_MARK
#define SO_MARK NOT_HERE
#endif
#ifndef SO_RTABLE
#define SO_RTABLE NOT_HERE
#endif
#ifndef TCP_KEEPIDLE
#define TCP_KEEPIDLE NOT_HERE
#endif
#ifndef TCP_KEEPINTVL
#define TCP_KEEPINTVL NOT_HERE
#endif
#ifndef TCP_USER_TIMEOUT
#define TCP_USER_TIMEOUT NOT_HERE
#endif
#ifndef TCP_CONGESTION
#define TCP_CONGESTION NOT_HERE
#endif
#ifndef SO_BINDTODEVICE
#define SO_BINDTODEVICE NOT_HERE
#endif
#ifndef TCP_FASTOPEN
#define TCP_FASTOPEN NOT_HERE
#endif
#ifndef TCP_FASTOPEN_CONNECT
#define TCP_FASTOPEN_CONNECT NOT_HERE
#endif

/* The socket whose options are being set. */
struct subject {
	int fd, family, type;
	const struct settings *settings;
	const struct address *peer;
};

static bool
set_option(const struct subject *s, const char *option, int level, int name, const void *value,
    size_t len, struct error *err)
{
	if (setsockopt(s->fd, level, name, value, (socklen_t)len) == -1)
		return error_errno(err, FAULT_LOCAL, "%s", option);
	return true;
}

static bool
set_number(const struct subject *s, const char *option, int level, int name, long long number,
    struct error *err)
{
	const int value = (int)number;

	return set_option(s, option, level, name, &value, sizeof(value), err);
}

static bool
set_text(const struct subject *s, const char *option, int level, int name, const char *text,
    struct error *err)
{
	char call[128];

	if (text == NULL)
		return true;
	snprintf(call, sizeof(call), "%s %s", option, text);
	return set_option(s, call, level, name, text, strlen(text), err);
}

/* An option's name, whether the user has set it, its value, the constants for IPv4 and IPv6. */
struct row {
	const char *option;
	bool asked;
	long long value;
	int level4, name4, level6, name6;
};

static bool
set_rows(const struct subject *s, const struct row *rows, size_t count, struct error *err)
{
	const bool six = s->family == AF_INET6;

	for (size_t i = 0; i < count; i++)
		if (rows[i].asked &&
		    !set_number(s, rows[i].option, six ? rows[i].level6 : rows[i].level4,
			six ? rows[i].name6 : rows[i].name4, rows[i].value, err))
			return false;
	return true;
}

#define ROWS(array) array, sizeof(array) / sizeof((array)[0])
#define ANY(level, name) level, name, level, name

static bool
set_any(const struct subject *s, struct error *err)
{
	const struct settings *t = s->settings;
	const struct row rows[] = {
	    {"-D", t->debug, 1, ANY(SOL_SOCKET, SO_DEBUG)},
	    {"-I", t->receive_buffer > 0, t->receive_buffer, ANY(SOL_SOCKET, SO_RCVBUF)},
	    {"-O", t->send_buffer > 0, t->send_buffer, ANY(SOL_SOCKET, SO_SNDBUF)},
	};

	return set_rows(s, ROWS(rows), err);
}

static bool
set_ip(const struct subject *s, struct error *err)
{
	const struct settings *t = s->settings;
	const struct row rows[] = {
	    {"-b", t->broadcast, 1, ANY(SOL_SOCKET, SO_BROADCAST)},
	    {"-T", t->traffic_class > 0, t->traffic_class, IPPROTO_IP, IP_TOS, IPPROTO_IPV6,
		IPV6_TCLASS},
	    {"-M", t->ttl > 0, t->ttl, IPPROTO_IP, IP_TTL, IPPROTO_IPV6, IPV6_UNICAST_HOPS},
	    {"-m", t->min_ttl > 0, t->min_ttl, IPPROTO_IP, IP_MINTTL, IPPROTO_IPV6,
		IPV6_MINHOPCOUNT},
	    {"--mark", t->mark > 0, t->mark, ANY(SOL_SOCKET, SO_MARK)},
	    {"-V", t->routing_table >= 0, t->routing_table, ANY(SOL_SOCKET, SO_RTABLE)},
	};

	return set_rows(s, ROWS(rows), err) &&
	       set_text(s, "--interface", SOL_SOCKET, SO_BINDTODEVICE, t->interface, err);
}

/* A duration in the unit of a socket option, rounded up. */
static long long
in_units(int64_t time, int64_t unit)
{
	return (time + unit - 1) / unit;
}

static bool
set_tcp(const struct subject *s, struct error *err)
{
	const struct settings *t = s->settings;
	const long long silence = in_units(t->keepalive, CLOCK_S);
	const struct row rows[] = {
	    {"--nodelay", t->nodelay, 1, ANY(IPPROTO_TCP, TCP_NODELAY)},
	    {"--keepalive", t->keepalive > 0, 1, ANY(SOL_SOCKET, SO_KEEPALIVE)},
	    {"--keepalive", t->keepalive > 0, silence, ANY(IPPROTO_TCP, TCP_KEEPIDLE)},
	    {"--keepalive", t->keepalive > 0, silence, ANY(IPPROTO_TCP, TCP_KEEPINTVL)},
	    {"--user-timeout", t->user_timeout > 0, in_units(t->user_timeout, CLOCK_MS),
		ANY(IPPROTO_TCP, TCP_USER_TIMEOUT)},
	    {"--fastopen", t->fastopen && s->peer == NULL, FASTOPEN_QUEUE,
		ANY(IPPROTO_TCP, TCP_FASTOPEN)},
	    {"--fastopen", t->fastopen && s->peer != NULL, 1,
		ANY(IPPROTO_TCP, TCP_FASTOPEN_CONNECT)},
	};

	return set_rows(s, ROWS(rows), err) &&
	       set_text(s, "--congestion", IPPROTO_TCP, TCP_CONGESTION, t->congestion, err);
}

#if defined(TCP_MD5SIG_EXT) && !defined(PORTABLE)
/* The key is for the peer, or, of a listener, for every client. */
static bool
set_md5(const struct subject *s, struct error *err)
{
	struct tcp_md5sig md5 = {.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX};
	const char *key = s->settings->md5_key;

	if (key == NULL)
		return true;
	md5.tcpm_keylen = (uint16_t)strnlen(key, TCP_MD5SIG_MAXKEYLEN);
	memcpy(md5.tcpm_key, key, md5.tcpm_keylen);
	if (s->peer != NULL) {
		memcpy(&md5.tcpm_addr, &s->peer->to, s->peer->len);
		md5.tcpm_prefixlen = s->family == AF_INET6 ? 128 : 32;
	} else {
		md5.tcpm_addr.ss_family = (sa_family_t)s->family;
	}
	return set_option(s, "-S", IPPROTO_TCP, TCP_MD5SIG_EXT, &md5, sizeof(md5), err);
}
#define MD5 TCP_MD5SIG_EXT
#else
static bool
set_md5(const struct subject *s, struct error *err)
{
	(void)s;
	(void)err;
	return true;
}
#define MD5 NOT_HERE
#endif

static bool
set_multicast(const struct subject *s, struct error *err)
{
	const struct settings *t = s->settings;
	const bool loop = t->multicast_loop != NULL && strcmp(t->multicast_loop, "on") == 0;
	const struct row rows[] = {
	    {"--multicast-ttl", t->multicast_ttl >= 0, t->multicast_ttl, IPPROTO_IP,
		IP_MULTICAST_TTL, IPPROTO_IPV6, IPV6_MULTICAST_HOPS},
	    {"--multicast-loop", t->multicast_loop != NULL, loop, IPPROTO_IP, IP_MULTICAST_LOOP,
		IPPROTO_IPV6, IPV6_MULTICAST_LOOP},
	};

	return set_rows(s, ROWS(rows), err) &&
	       (t->multicast.text == NULL || group_join(s->fd, &t->multicast, err));
}

/* Sets strait's own default buffer sizes, as far as the system allows. -I and -O override them. */
static void
set_default_buffers(const struct subject *s)
{
	const int burst = BURST_SIZE, local = LOCAL_SEND_SIZE;

	if (s->family == AF_UNIX && s->type == SOCK_STREAM)
		setsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &local, sizeof(local));
	if (s->family == AF_UNIX || s->type != SOCK_DGRAM)
		return;
#if defined(SO_RCVBUFFORCE) && !defined(PORTABLE)
	if (setsockopt(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, &burst, sizeof(burst)) == 0)
		return;
#endif
	setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &burst, sizeof(burst));
}

static bool
set_all(const struct subject *s, struct error *err)
{
	if (!set_any(s, err))
		return false;
	if (s->family == AF_UNIX)
		return true;
	if (!set_ip(s, err))
		return false;
	if (s->type == SOCK_DGRAM)
		return set_multicast(s, err);
	return set_tcp(s, err) && set_md5(s, err);
}

#if defined(IPPROTO_MPTCP) && !defined(PORTABLE)
#define MPTCP IPPROTO_MPTCP
#else
#define MPTCP NOT_HERE
#endif

bool
settings_check(const struct settings *t, bool md5, struct error *err)
{
	const struct {
		const char *option;
		bool asked;
		int constant;
	} uses[] = {
	    {"-m", t->min_ttl > 0, IP_MINTTL},
	    {"-m", t->min_ttl > 0, IPV6_MINHOPCOUNT},
	    {"--mark", t->mark > 0, SO_MARK},
	    {"-V", t->routing_table >= 0, SO_RTABLE},
	    {"--interface", t->interface != NULL, SO_BINDTODEVICE},
	    {"--keepalive", t->keepalive > 0, TCP_KEEPIDLE},
	    {"--keepalive", t->keepalive > 0, TCP_KEEPINTVL},
	    {"--user-timeout", t->user_timeout > 0, TCP_USER_TIMEOUT},
	    {"--congestion", t->congestion != NULL, TCP_CONGESTION},
	    {"--fastopen", t->fastopen, TCP_FASTOPEN},
	    {"--fastopen", t->fastopen, TCP_FASTOPEN_CONNECT},
	    {"--mptcp", t->mptcp, MPTCP},
	    {"-S", md5, MD5},
	};

	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
		if (uses[i].asked && uses[i].constant == NOT_HERE)
			return error_set(err, FAULT_LOCAL, "%s: this system has no such setting",
			    uses[i].option);
	return true;
}

int
settings_socket(int family, int type, const struct settings *settings, const struct address *peer,
    struct error *err)
{
	struct subject s = {
	    .family = family, .type = type, .settings = settings, .peer = peer, .fd = -1};

	s.fd = descriptor_socket(family, type, settings->mptcp ? MPTCP : 0);
	if (s.fd == -1) {
		error_errno(err, FAULT_LOCAL, settings->mptcp ? "--mptcp" : "socket");
		if (!settings->mptcp)
			err->fault = FAULT_NONE;
		return -1;
	}
	set_default_buffers(&s);
	return set_all(&s, err) ? s.fd : descriptor_close(s.fd);
}

bool
settings_inherited(int fd, int family, int type, const struct settings *settings, struct error *err)
{
	const struct subject s = {.fd = fd, .family = family, .type = type, .settings = settings};

	return set_all(&s, err);
}

void
settings_accepted(int fd, int family, int type, const struct settings *settings)
{
	const struct subject s = {.fd = fd, .family = family, .type = type, .settings = settings};
	struct error error;

	/* Cannot fail: the listener has the same options. */
	set_default_buffers(&s);
	(void)set_any(&s, &error);
}
