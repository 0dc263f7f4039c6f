#ifndef NET_MULTICAST_H
#define NET_MULTICAST_H

#include <stdbool.h>

#include "base/address.h"
#include "base/error.h"

/*
 * Multicast groups as users write them: "239.1.2.3", "ff02::1%eth0". Without an interface the
 * system chooses one.
 */

struct group {
	const char *text; /* NULL: no group. group_parse fills in the rest */
	struct address address;
	unsigned int interface; /* 0: the system chooses */
};

/* Parses text. False with FAULT_LOCAL if it is no group, or there is no such interface. */
bool group_parse(struct group *, struct error *);

/*
 * Makes a datagram socket of the group's family a member of it: the socket receives what is sent to
 * this group, and not what is sent to groups that other sockets of this host have joined (ip(7)
 * IP_ADD_MEMBERSHIP, IP_MULTICAST_ALL; RFC 3493, section 5.2). An interface, if given, is also the
 * one by which the socket sends to groups. False with FAULT_LOCAL.
 */
bool group_join(int fd, const struct group *, struct error *);

/* Whether an address is a multicast group. */
bool multicast_is(const struct address *);

#endif
