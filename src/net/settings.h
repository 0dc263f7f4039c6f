#ifndef NET_SETTINGS_H
#define NET_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/error.h"

/*
 * What the user wants of sockets; what is 0, false or NULL is left to the system, unless something
 * else stands there. Texts must outlive all sockets made. The comments name socket options, which
 * socket(7), ip(7), ipv6(7), tcp(7) and unix(7) explain.
 */
struct settings {
	bool broadcast; /* SO_BROADCAST */
	bool debug;     /* SO_DEBUG */
	bool nodelay;   /* TCP_NODELAY */
	bool mptcp;     /* IPPROTO_MPTCP, RFC 8684 */
	bool fastopen;  /* TCP_FASTOPEN (listening), TCP_FASTOPEN_CONNECT; RFC 7413 */
	/* SO_RCVBUF, SO_SNDBUF, bytes. 0: what serves strait best, see the manual's "Speed". */
	long long receive_buffer, send_buffer;
	long long traffic_class;    /* IP_TOS, IPV6_TCLASS */
	long long ttl, min_ttl;     /* IP_TTL, IPV6_UNICAST_HOPS; IP_MINTTL, IPV6_MINHOPCOUNT */
	long long mark;             /* SO_MARK */
	long long routing_table;    /* SO_RTABLE; -1: as it is */
	int64_t keepalive;          /* SO_KEEPALIVE, TCP_KEEPIDLE, TCP_KEEPINTVL: nanoseconds */
	int64_t user_timeout;       /* TCP_USER_TIMEOUT: nanoseconds */
	const char *interface;      /* SO_BINDTODEVICE */
	const char *congestion;     /* TCP_CONGESTION */
	const char *md5_key;        /* TCP_MD5SIG, RFC 2385 */
	long long backlog;          /* listen(2) */
	long long mode;             /* permissions of a listener's path; -1: the umask's */
	const char *multicast;      /* a group to join, see net/multicast.h */
	long long multicast_ttl;    /* IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS; -1: as it is */
	const char *multicast_loop; /* IP_MULTICAST_LOOP: "on" or "off" */
};

/* Settings that ask for nothing. */
extern const struct settings settings_none;

/*
 * Whether this system has what the settings ask for; md5: they will have a key. False with
 * FAULT_LOCAL and the name of the option.
 */
bool settings_check(const struct settings *, bool md5, struct error *);

/*
 * A new socket with all of the settings that can be made before it is bound; non-blocking, closed
 * on exec. settings_check has been satisfied. peer is whom it is to connect to, NULL for a
 * listener. -1 with err: FAULT_LOCAL, and it names the option that failed; or FAULT_NONE where
 * there was no socket at all, and errno says why.
 */
int settings_socket(
    int family, int type, const struct settings *, const struct address *peer, struct error *);

/*
 * The same of a socket that somebody else has made: all that can still be set of it, and nothing
 * that was not asked for. What is set stays with the socket. False with FAULT_LOCAL.
 */
bool settings_inherited(int fd, int family, int type, const struct settings *, struct error *);

/* The settings that an accepted socket has not from its listener: buffers of unix sockets. */
void settings_accepted(int fd, int family, int type, const struct settings *);

#endif
