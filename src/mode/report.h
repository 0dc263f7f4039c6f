#ifndef MODE_REPORT_H
#define MODE_REPORT_H

#include <stdint.h>

#include "open/destination.h"

/* nc's sentence about a connection that was made. */
void report_success(const struct destination *, uint16_t port);

#endif
