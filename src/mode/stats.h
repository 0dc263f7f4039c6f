#ifndef MODE_STATS_H
#define MODE_STATS_H

#include "base/event.h"

/* Prints the line of --stats for EVENT_STATS. */
void stats_print(const struct event *);

#endif
