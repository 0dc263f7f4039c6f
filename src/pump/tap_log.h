#ifndef PUMP_TAP_LOG_H
#define PUMP_TAP_LOG_H

#include "net/outfile.h"
#include "pump/tap.h"

/* Writes the bytes as they are to a file. */
struct tap_log {
	struct tap tap;
	struct outfile *file;
};

/* The file must outlive it. Returns the tap. */
struct tap *tap_log_init(struct tap_log *, struct outfile *);

#endif
