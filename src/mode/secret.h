#ifndef MODE_SECRET_H
#define MODE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define SECRET_MAX 256

/*
 * Gets a secret that must not be on the command line: from an environment variable, which is erased
 * and removed so that no child gets it, or else from the terminal with prompt (readpassphrase(3)).
 * Fills out with a text of 1 to max bytes; max is less than SECRET_MAX. what is the option that
 * needs it, such as "-S", for messages. False with FAULT_LOCAL.
 */
bool secret_get(char out[static SECRET_MAX], size_t max, const char *variable, const char *prompt,
    const char *what, struct error *);

#endif
