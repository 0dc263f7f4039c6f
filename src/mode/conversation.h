#ifndef MODE_CONVERSATION_H
#define MODE_CONVERSATION_H

#include "base/address.h"
#include "codec/crlf.h"
#include "codec/telnet.h"
#include "mode/losses.h"
#include "mode/options.h"
#include "net/datagram.h"
#include "net/loop.h"
#include "net/socket.h"
#include "net/standard.h"
#include "pump/pump.h"

/* One peer, from the connected socket to the result. */
struct conversation {
	bool open, tells_losses;
	struct standard near;
	union {
		struct end end;
		struct stream stream;
		struct datagram datagram;
	} far;
	struct crlf crlf;
	struct telnet telnet;
	struct outbox answers; /* of telnet's; NULL data: there is no telnet */
	struct pump pump;
	struct losses losses;
	char name[2 * ADDRESS_TEXT]; /* of the peer, for messages */
	void (*done)(void *arg, int status);
	void *arg;
};

/*
 * Starts to carry between standard input and output and fd, which is the conversation's from here
 * on, also on failure. name is how messages call the peer. done is called once, from the loop, when
 * it has ended and all is said, with the exit status. The conversation must stay where it is.
 */
bool conversation_start(struct conversation *, struct loop *, const struct options *, int fd,
    const struct peer *, const char *name, void (*done)(void *arg, int status), void *arg,
    struct error *);

/* Closes what is open; to be called at the end in any case. */
void conversation_stop(struct conversation *);

#endif
