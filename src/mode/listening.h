#ifndef MODE_LISTENING_H
#define MODE_LISTENING_H

#include "base/event.h"
#include "mode/options.h"
#include "open/listen.h"

/* Makes the listener that the options ask for. */

/* Opens the listener, or takes inherited sockets. settings must outlive it. */
bool listening_open(
    struct listener *, const struct options *, const struct settings *, struct error *);

/*
 * Reports where it listens (without -v, too, if the system has chosen the port), and sockets that
 * were handed over but are not used, as --inherit was probably forgotten.
 */
void listening_tell(const struct listener *, const struct options *, struct observer *);

/* The name of a peer in messages. Returns buf. */
char *listening_name(char buf[static ADDRESS_TEXT], const struct listener *, const struct peer *);

#endif
