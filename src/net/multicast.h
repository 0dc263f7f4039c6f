#ifndef NET_MULTICAST_H
#define NET_MULTICAST_H

#include <stdbool.h>

#include "base/address.h"
#include "base/error.h"

/*
 * Multicast groups as users write them: "239.1.2.3", "ff02::1%eth0"; the interface may be left to
 * the system.
 */

/* Whether text is a group, and its interface one of this system's. False with FAULT_LOCAL. */
bool multicast_check(const char *text, struct error *);

/* Its family, AF_INET or AF_INET6, of a text that multicast_check has let pass. */
int multicast_family(const char *text);

/*
 * Joins a group with a datagram socket of its family: it hears what is sent to
 * the group, and not what is sent to groups that others on this host have joined (ip(7)
 * IP_ADD_MEMBERSHIP, IP_MULTICAST_ALL; RFC 3493, section 5.2). What the socket sends to groups goes
 * out by the interface, if one is given. False with FAULT_LOCAL.
 */
bool multicast_join(int fd, const char *text, struct error *);

/* Whether an address is that of a group. */
bool multicast_is(const struct address *);

#endif
