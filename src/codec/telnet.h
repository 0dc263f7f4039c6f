#ifndef CODEC_TELNET_H
#define CODEC_TELNET_H

#include "codec/outbox.h"
#include "codec/transform.h"

/*
 * Removes telnet negotiation (RFC 854, 855) from what a peer sends, and refuses every request: DO
 * is answered with WONT, WILL with DONT. Subnegotiations and other commands are removed as well;
 * IAC IAC becomes the byte 255. A command may be cut anywhere between two pieces.
 */
struct telnet {
	struct transform transform;
	enum {
		TELNET_DATA,
		TELNET_COMMAND,    /* after IAC */
		TELNET_ASKED,      /* after IAC DO or IAC WILL; asked is DO or WILL */
		TELNET_TOLD,       /* after IAC DONT or WONT */
		TELNET_SUB,        /* in a subnegotiation */
		TELNET_SUB_COMMAND /* ... after IAC */
	} state;
	unsigned char asked;
};

/*
 * Answers go into the outbox, which belongs to the caller and must outlive the transform. Request
 * and answer have three bytes each, so an empty outbox has room for all answers if it is
 * TELNET_CARRY bytes larger than the pieces that are transformed. Answers that do not fit are
 * discarded.
 */
#define TELNET_CARRY 2
void telnet_start(struct telnet *, struct outbox *answers);

#endif
