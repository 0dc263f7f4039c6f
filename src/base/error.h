#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

/* What went wrong, and so the exit status that a user's script sees. */
enum fault {
	FAULT_NONE = 0,
	FAULT_PEER = 1,    /* the connection failed or broke */
	FAULT_LOCAL = 2,   /* usage, or something on this host */
	FAULT_NAME = 3,    /* a name could not be resolved */
	FAULT_TIME = 4,    /* timed out */
	FAULT_STANDARD = 5 /* standard input or output failed */
};

/*
 * An error as a value: filled where it happens, carried upward, printed by the top floors alone.
 * Below mode/, a function that can fail returns false and fills one of these.
 */
struct error {
	enum fault fault;
	int number; /* errno, or 0 where there was none */
	char text[640];
};

/* Fills err with a formatted text. Returns false, so that callers can `return error_set(...)`. */
bool error_set(struct error *err, enum fault fault, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, with ": " and the text of errno behind it. Keeps errno, and stores it in err. */
bool error_errno(struct error *err, enum fault fault, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
