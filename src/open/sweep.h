#ifndef OPEN_SWEEP_H
#define OPEN_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "codec/ports.h"
#include "net/loop.h"
#include "open/attempt.h"
#include "open/resolve.h"

/* The result for a port. */
enum finding {
	FINDING_NONE, /* not known yet */
	FINDING_OPEN,
	FINDING_CLOSED, /* refused or unreachable */
	FINDING_SILENT  /* no answer in time */
};

struct port_result {
	uint16_t port;
	enum finding finding;
	unsigned char address; /* the index of the one that is open, or was tried last */
	int failure;           /* errno, if the port is not open */
};

/* An attempt at one port, at one address of the host. */
struct trial {
	struct attempt attempt;
	struct address to;
	size_t result, address; /* indices into results and addresses */
	bool asked;             /* the question was sent; waits for an answer */
	int64_t deadline;
};

/*
 * How ports are swept: many ports concurrently, each at one address of the host after the other
 * until it is open. Durations are in nanoseconds.
 */
struct sweep_rules {
	const struct attempt_params *params;
	int64_t wait;  /* for each attempt; negative: as long as the system allows */
	int64_t pause; /* between the starts of attempts; 0: none */
	int64_t until; /* deadline, or CLOCK_NEVER; ports not known by then are silent */
	/* Datagrams: the question sent to each port, which is open if it answers. NULL: none. */
	const char *question;
};

struct sweep {
	struct task task;
	struct loop *loop;
	struct sweep_rules rules;
	const struct addresses *addresses;
	struct port_result *results;
	size_t count, next, reported; /* of results: all, started, reported */
	struct trial *trials;
	size_t under_way, most; /* of trials: now, and the limit */
	int64_t start_at;       /* when the next trial may start */
	struct ports own;       /* source ports of questions sent to this host itself */
	void (*tell)(void *arg, const struct port_result *);
	void (*done)(void *arg, const struct error *);
	void *arg;
};

/*
 * Sweeps the ports of results, in that order, and fills in what was found. tell is called for each
 * port in the same order, as soon as its result and all before it are known; then done, with NULL,
 * or with a local error, after which no more results are reported. All arguments must outlive the
 * sweep.
 */
bool sweep_start(struct sweep *, struct loop *, const struct addresses *,
    struct port_result *results, size_t count, const struct sweep_rules *,
    void (*tell)(void *arg, const struct port_result *),
    void (*done)(void *arg, const struct error *), void *arg, struct error *);

/* Cancels the sweep and frees its memory; needed after its end, too. */
void sweep_stop(struct sweep *);

#endif
