#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

/* The address of a socket: IPv4, IPv6 or unix. */
struct address {
	socklen_t len; /* bytes used; 0 or only the family: no name */
	union {
		struct sockaddr any;
		struct sockaddr_in ip4;
		struct sockaddr_in6 ip6;
		struct sockaddr_un local;
	} to;
};

/* The size of a buffer for any address as text, with its port and the terminating NUL. */
#define ADDRESS_TEXT (4 * sizeof(((struct sockaddr_un *)0)->sun_path) + 8)

/* AF_INET, AF_INET6 or AF_UNIX. */
int address_family(const struct address *);

/*
 * An address as messages show it: "127.0.0.1 80", "fe80::1%eth0 80", "/run/x.sock", "@abstract".
 * Always numeric; IPv4-mapped IPv6 addresses are shown as IPv4. Unix names, which a peer may have
 * chosen, are encoded with vis(3). Returns buf.
 */
char *address_text(char buf[static ADDRESS_TEXT], const struct address *);

/* Only the host of an IP address, in the same form; all of a unix address. Returns buf. */
char *address_host(char buf[static ADDRESS_TEXT], const struct address *);

/* The port of an IP address in host order; 0 for a unix address. */
uint16_t address_port(const struct address *);
void address_set_port(struct address *, uint16_t port);

/*
 * Completes an address that recvfrom(2) or recvmsg(2) has filled. len is the length from the
 * kernel, 0 for a unix sender without a name.
 */
void address_received(struct address *, socklen_t len);

/* An IPv4-mapped IPv6 address as IPv4; any other address unchanged. */
struct address address_unmapped(const struct address *);

bool address_equal(const struct address *, const struct address *);

/* A hash: equal addresses have the same. */
uint32_t address_hash(const struct address *);

/* Whether an address can be sent to: a unix address needs a name, an IP address always can. */
bool address_named(const struct address *);

/*
 * Sets *out to the unix address of path. A leading '@' makes an abstract name (Linux). Returns
 * false if path is empty or too long, with *max set to the maximum length, or if this system has no
 * abstract names, with *max set to 0.
 */
bool address_local(struct address *out, const char *path, size_t *max);

#endif
