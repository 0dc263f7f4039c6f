#ifndef MODE_REPORT_H
#define MODE_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/error.h"
#include "mode/options.h"

/* How modes that connect speak of whom they connect to. */

#define REPORT_NAME (ADDRESS_TEXT + 300)

/* The peer's name as the user gave it, with this port of those that he gave. Returns buf. */
char *report_name(char buf[static REPORT_NAME], const struct options *, uint16_t port);

/* nc's sentence about a connection that was made. */
void report_success(const struct options *, uint16_t port);

/*
 * "connect to NAME: ...", and what a failed attempt at an address is to the user; failure is its
 * errno. Of a unix socket of another type it is said which, and what to say instead.
 */
void report_failure(struct error *out, const struct options *, const char *name,
    const struct address *to, int failure);

#endif
