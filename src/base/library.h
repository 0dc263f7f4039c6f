#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include <stdbool.h>

#include "base/error.h"

/* A shared library that is loaded only when it is needed, so that other runs do not pay for it. */
struct library {
	void *handle; /* NULL: not loaded */
};

/*
 * Loads a library by its soname ("libcrypto.so.3"). False with FAULT_LOCAL and the dynamic linker's
 * text.
 */
bool library_open(struct library *, const char *soname, struct error *);

/*
 * Looks up a function, and stores its address in *function, which is a pointer to a function of
 * that type. False with FAULT_LOCAL if the library has none of this name.
 */
bool library_find(const struct library *, const char *name, void *function, struct error *);

/* Does nothing if it is not loaded. */
void library_close(struct library *);

#endif
