#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

/* The kind of an error, which is the exit status. */
enum fault {
	FAULT_NONE = 0,
	FAULT_PEER = 1,    /* the connection failed or broke */
	FAULT_LOCAL = 2,   /* usage, or an error on this host */
	FAULT_NAME = 3,    /* a name could not be resolved */
	FAULT_TIME = 4,    /* timed out */
	FAULT_STANDARD = 5 /* standard input or output failed */
};

/*
 * An error as a value: set where it happens, and printed only in mode/ and above. Below that, a
 * function that can fail returns false and fills one of these.
 */
struct error {
	enum fault fault;
	int number; /* errno, or 0 if there was none */
	char text[640];
};

/* Sets err, with a formatted text. Returns false, so that callers can `return error_set(...)`. */
bool error_set(struct error *err, enum fault fault, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, followed by ": " and the text of errno. Stores errno in err, and does not change it. */
bool error_errno(struct error *err, enum fault fault, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
