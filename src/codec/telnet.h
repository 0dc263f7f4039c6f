#ifndef CODEC_TELNET_H
#define CODEC_TELNET_H

#include "codec/outbox.h"
#include "codec/transform.h"

/*
 * Takes telnet's negotiation (RFC 854, 855) out of what a peer sends, and refuses all that it asks
 * for: DO is answered with WONT, WILL with DONT. Subnegotiations and other commands are taken out,
 * too; IAC IAC is the one byte 255. A command may be cut anywhere.
 */
struct telnet {
	struct transform transform;
	enum {
		TELNET_DATA,
		TELNET_COMMAND,    /* after IAC */
		TELNET_ASKED,      /* after IAC DO or WILL, which is in asked */
		TELNET_TOLD,       /* after IAC DONT or WONT */
		TELNET_SUB,        /* in a subnegotiation */
		TELNET_SUB_COMMAND /* ... after IAC */
	} state;
	unsigned char asked;
};

/*
 * Answers go into the outbox, which is the caller's and outlives this. A request of three bytes
 * makes an answer of three: with room for TELNET_CARRY more bytes than it is given at once, an
 * empty outbox has room for all answers. Those that find no room are left out.
 */
#define TELNET_CARRY 2
void telnet_start(struct telnet *, struct outbox *answers);

#endif
