#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the parts of the simulation share: the run that is under way, and how it fails. */

/* A clock that is a number: it starts here, and only the simulator moves it. */
#define SIM_START INT64_C(1000000000000)

struct sim {
	int64_t now;
	bool progress;    /* in this turn something was done that could not be repeated for ever */
	bool verbose;     /* a run is repeated, and told step by step */
	size_t allocated; /* memory that the subject holds, */
	size_t most;      /* and has held at once */
	size_t calls;     /* of the ends' operations in this turn */
};

extern struct sim sim;

/* Ends the run: what must hold does not. */
_Noreturn void sim_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Tells a step of a run that is repeated. */
void sim_tell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
