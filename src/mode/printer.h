#ifndef MODE_PRINTER_H
#define MODE_PRINTER_H

#include "base/event.h"

/* An observer that prints events on standard error, one line each, depending on -v. */
struct printer {
	struct observer observer;
	int verbose;
	bool numeric; /* no service names */
};

void printer_init(struct printer *, int verbose, bool numeric);

#endif
