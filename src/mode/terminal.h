#ifndef MODE_TERMINAL_H
#define MODE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* The terminal of standard error, where it is one. */

/* Whether lines can be redrawn on it. */
bool terminal_redraws(void);

/* How many columns it has now. 80 if it does not know. */
size_t terminal_columns(void);

/* Whether it is ours now, rather than that of a command in the foreground. */
bool terminal_is_ours(void);

/* Whether this descriptor is the same terminal. */
bool terminal_is(int fd);

#endif
