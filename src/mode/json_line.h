#ifndef MODE_JSON_LINE_H
#define MODE_JSON_LINE_H

#include "base/error.h"
#include "codec/json.h"

/* The longest line with its newline: PIPE_BUF of Linux, so that a pipe takes it in one piece. */
#define JSON_LINE ((size_t)4096)

/* The version of the schema: raised when a member changes its meaning. */
#define JSON_VERSION 1

/* One event as a line, being written. */
struct json_line {
	struct json json;
	char buf[JSON_LINE - 1];
};

/* Starts the line of an event with what all of them have: the version, the time and its name. */
void json_line_begin(struct json_line *, const char *event);

/* Adds the error's status and errno, and its text as a member of this name. */
void json_line_error(struct json_line *, const char *name, const struct error *);

/* Adds the name of an errno: "ECONNREFUSED"; of one that is not known here, the number as text. */
void json_line_errno(struct json_line *, int number);

/* Ends the line. Returns its length without a newline. */
size_t json_line_end(struct json_line *);

#endif
