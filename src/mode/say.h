#ifndef MODE_SAY_H
#define MODE_SAY_H

#include "base/error.h"

/*
 * Lines on standard error. None of these waits: a line that cannot be written at once is lost, and
 * the number of those lost is told when there is room again.
 */

/* A sentence that scripts look for, as nc says it: no prefix. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A line that begins with "strait: ". */
void notice(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* An error's text as a notice. Returns the exit status that it stands for. */
int complain(const struct error *);

/*
 * The exit status of what has ended with an error, which is told, or FAULT_NONE, and, where a
 * program was run, with its status (else -1), which matters more unless it is 0.
 */
int conclude(const struct error *, int status);

/* From now on lines wait: for where they are all that is wanted, and nothing else goes on. */
void say_blocking(void);

/* The last chance to tell how many lines were lost. */
void say_last(void);

#endif
