#ifndef NET_TROUBLE_H
#define NET_TROUBLE_H

#include "net/datagram.h"

/* What may happen to a socket of datagrams, and whether the conversation goes on after it. */

/* Whether it is a unix socket. */
bool trouble_is_local(const struct datagram *);

/* Whether an error is what the network says of a message that was sent, and not the peer. */
bool trouble_may_pass(const struct datagram *, int number);

/*
 * Whether a conversation goes on after an error of its socket: it may pass, and is told, or the
 * peer has another address, to which the socket is connected now. errno is the error's number
 * afterwards.
 */
bool trouble_goes_on(struct datagram *, int number);

/* Keeps a message that was sent for the peer's next address, if it has one; forgets all of them. */
void trouble_keep(struct datagram *, const struct iovec *message);
void trouble_forget(struct datagram *);

#endif
