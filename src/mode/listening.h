#ifndef MODE_LISTENING_H
#define MODE_LISTENING_H

#include "base/event.h"
#include "mode/options.h"
#include "open/listen.h"

/* Where to listen, as the options say it. */

/* Opens the listener, or takes what is inherited. settings must outlive it. */
bool listening_open(
    struct listener *, const struct options *, const struct settings *, struct error *);

/*
 * Tells where it listens, also unasked when the port was left to the system; and whether somebody
 * seems to have forgotten --inherit.
 */
void listening_tell(const struct listener *, const struct options *, struct observer *);

/* What messages call a peer. Returns buf. */
char *listening_name(char buf[static ADDRESS_TEXT], const struct listener *, const struct peer *);

#endif
