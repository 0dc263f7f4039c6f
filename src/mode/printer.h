#ifndef MODE_PRINTER_H
#define MODE_PRINTER_H

#include "base/event.h"
#include "mode/options.h"

/* An observer that prints events on standard error, one line each, depending on -v; or, with
 * --json, as mode/json_printer.h says. */
struct printer {
	struct observer observer;
	int verbose;
	bool numeric;  /* no service names */
	bool trace;    /* what is decided is printed, too */
	int64_t began; /* when the program did */
};

void printer_init(struct printer *, const struct options *);

#endif
