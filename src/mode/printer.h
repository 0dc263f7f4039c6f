#ifndef MODE_PRINTER_H
#define MODE_PRINTER_H

#include "base/event.h"

/* Tells of events on standard error, one line each, as far as the verbosity asks for it. */
struct printer {
	struct observer observer;
	int verbose;
	bool numeric; /* no names of services */
};

void printer_init(struct printer *, int verbose, bool numeric);

#endif
