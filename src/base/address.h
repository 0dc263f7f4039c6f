#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A socket's address, of any domain strait knows. */
struct address {
	socklen_t len; /* of what is used; 0 or a bare family: no name */
	union {
		struct sockaddr any;
		struct sockaddr_in ip4;
		struct sockaddr_in6 ip6;
		struct sockaddr_un local;
	} to;
};

/* Room for any address as text, made visible, with its port and the closing NUL. */
#define ADDRESS_TEXT (4 * sizeof(((struct sockaddr_un *)0)->sun_path) + 8)

/* AF_INET, AF_INET6 or AF_UNIX. */
int address_family(const struct address *);

/*
 * As messages show it: "127.0.0.1 80", "fe80::1%eth0 80", "/run/x.sock", "@abstract". Numeric,
 * IPv4-mapped IPv6 addresses as IPv4, what a peer chose (unix names) made visible with vis(3).
 * Returns buf.
 */
char *address_text(char buf[static ADDRESS_TEXT], const struct address *);

/* The host part alone of an IP address, in the same form; a unix address whole. Returns buf. */
char *address_host(char buf[static ADDRESS_TEXT], const struct address *);

/* The port of an IP address in host order; 0 for a unix address. */
uint16_t address_port(const struct address *);
void address_set_port(struct address *, uint16_t port);

/*
 * Completes an address that recvfrom(2) or recvmsg(2) has filled: len is what the kernel said, 0
 * for a unix sender that has no name.
 */
void address_received(struct address *, socklen_t len);

bool address_equal(const struct address *, const struct address *);

/* Whether a unix address has a name (one that can be sent to). IP addresses always have one. */
bool address_named(const struct address *);

/*
 * Fills out with a unix address for path. A leading '@' makes an abstract name (Linux). False when
 * it does not fit or is empty, with *max set to the longest length that would fit, or to 0 where
 * this system has no abstract names.
 */
bool address_local(struct address *out, const char *path, size_t *max);

#endif
