#ifndef NET_SETTINGS_H
#define NET_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/error.h"
#include "net/multicast.h"

/*
 * Socket options that the user has asked for. A value of 0, false or NULL leaves the system's
 * default, unless the comment says otherwise. Texts must outlive all sockets. The comments name the
 * options as socket(7), ip(7), ipv6(7), tcp(7) and unix(7) do.
 */
struct settings {
	bool broadcast; /* SO_BROADCAST */
	bool debug;     /* SO_DEBUG */
	bool nodelay;   /* TCP_NODELAY */
	bool mptcp;     /* IPPROTO_MPTCP, RFC 8684 */
	bool fastopen;  /* TCP_FASTOPEN (listening), TCP_FASTOPEN_CONNECT; RFC 7413 */
	/* SO_RCVBUF, SO_SNDBUF, in bytes. 0: strait's own default. */
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
	struct group multicast;     /* to join */
	long long multicast_ttl;    /* IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS; -1: as it is */
	const char *multicast_loop; /* IP_MULTICAST_LOOP: "on" or "off" */
};

/* All of the system's defaults. */
extern const struct settings settings_none;

/*
 * Whether this system supports the settings; md5: md5_key will be set later. False with FAULT_LOCAL
 * and a text that names the option.
 */
bool settings_check(const struct settings *, bool md5, struct error *);

/*
 * Makes a socket, non-blocking and closed on exec, and sets its options; settings_check must have
 * succeeded. peer is the address to connect to, NULL for a listener. -1 with err: FAULT_LOCAL and a
 * text that names the option; or FAULT_NONE and errno if socket(2) itself failed.
 */
int settings_socket(
    int family, int type, const struct settings *, const struct address *peer, struct error *);

/*
 * Sets the options of a socket that strait has inherited, without strait's own defaults. They stay
 * with the socket afterwards. False with FAULT_LOCAL.
 */
bool settings_inherited(int fd, int family, int type, const struct settings *, struct error *);

/* Sets what an accepted socket does not inherit from its listener: buffers of unix sockets. */
void settings_accepted(int fd, int family, int type, const struct settings *);

#endif
