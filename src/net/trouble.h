#ifndef NET_TROUBLE_H
#define NET_TROUBLE_H

#include "net/datagram.h"

/*
 * Errors of a datagram socket, and whether the conversation survives them. Over UDP only a refusal
 * by the peer ends it. ICMP errors about an earlier message are temporary, and the observer is told
 * of them: unreachable; too long for a link, after which the kernel fragments messages.
 */

/* Whether it is a unix socket. */
bool trouble_is_local(const struct datagram *);

/* Whether an error is temporary: reported by the network, not by the peer. */
bool trouble_may_pass(const struct datagram *, int number);

/*
 * Handles an error of the socket. True if the conversation goes on: the error is temporary, and the
 * observer is told; or the socket has been replaced by one to the peer's next address. Sets errno
 * to the error: number, or ECONNREFUSED if the error queue has that.
 */
bool trouble_goes_on(struct datagram *, int number);

/*
 * Keeps a message that was sent, in case the peer's next address is used (datagram_fallback); and
 * gives all of them, and that address, up.
 */
void trouble_keep(struct datagram *, const struct iovec *message);
void trouble_forget(struct datagram *);

#endif
