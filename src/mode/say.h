#ifndef MODE_SAY_H
#define MODE_SAY_H

#include "base/error.h"
#include "mode/json_line.h"
#include "net/outfile.h"
#include "net/stdio.h"

/*
 * Lines on standard error. None of these blocks: a line that cannot be written at once is lost, and
 * the number of lost lines is reported when there is room again.
 */

/* A line that nc prints, too, and scripts look for: no prefix. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A line that begins with "strait: ". */
void notice(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints an error as a notice. Returns its exit status. */
int complain(const struct error *);

/*
 * The exit status of a conversation: status if it is positive (that of the program that was run; -1
 * without one), otherwise the error's fault. Prints the error unless it is FAULT_NONE.
 */
int conclude(const struct error *, int status);

/* Prints an error of the command line, with where to read about it. Returns its exit status. */
int complain_usage(const struct error *);

/*
 * Whether from now on each line is a JSON object (--json): what the functions above print becomes
 * an event "error" or "message".
 */
void say_json(bool);

/* Ends a line that json_line_begin has started, and prints it. */
void say_json_line(struct json_line *);

/* To be called last: with --json, tells the exit status. */
void say_exit(int status);

/* The same before strait dies of a signal. */
void say_dying(int signal);

/*
 * The status: a line at the bottom of a terminal, shown again and again, which messages go above.
 * It must be shorter than the terminal is wide. It is left out while the terminal does not take it,
 * and while standard output, on the same terminal, is in the middle of a line (say_screen).
 */
void say_status(const char *text);
void say_no_status(void);               /* takes it away */
void say_last_status(const char *text); /* leaves this line there */

/* To be told of what is written to standard output, if that is the same terminal. */
struct stdio_screen *say_screen(void);

/* From now on lines may block: for -z, whose only output they are. */
void say_blocking(void);

/*
 * Data on standard error, such as a hexdump. It is not lost, and no line begins inside one of its
 * lines: if the last line was written in part, its rest is kept and written first.
 */
extern const struct outfile_standard say_standard;

/* To be called before exit: reports lines that were lost. */
void say_last(void);

#endif
