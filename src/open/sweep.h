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

/* What a port turned out to be. */
enum finding {
	FINDING_NONE, /* not known yet */
	FINDING_OPEN,
	FINDING_CLOSED, /* refused, or not to be reached */
	FINDING_SILENT  /* no answer in time */
};

struct port_result {
	uint16_t port;
	enum finding finding;
	int failure; /* errno, of one that is not open */
};

/* An attempt under way: at one of the host's addresses with one of the ports. */
struct trial {
	struct attempt attempt;
	struct address to;
	size_t result, address; /* which of them */
	bool asked;             /* a datagram was sent; an answer is waited for */
	int64_t deadline;
};

/*
 * How ports are swept. Each one is tried at the host's addresses one after the other until it is
 * open, many ports at once. Durations are in nanoseconds.
 */
struct sweep_rules {
	const struct attempt_params *params;
	int64_t wait;  /* for each attempt; negative: as long as the system does */
	int64_t pause; /* from one attempt to the next; 0: none */
	int64_t until; /* when all is over: what is not known by then is silent; CLOCK_NEVER */
	/* With datagrams: a port is asked with this, and open if it answers. NULL: nothing is sent.
	 */
	const char *question;
};

struct sweep {
	struct task task;
	struct loop *loop;
	struct sweep_rules rules;
	const struct addresses *addresses;
	struct port_result *results;
	size_t count, next, reported; /* of probes: all, to be tried next, reported of already */
	struct trial *trials;
	size_t room, under_way, most; /* of soundings: in memory, now, and at once */
	int64_t start_at;             /* when the next attempt may start */
	struct ports own;             /* from which datagrams to this host itself were sent */
	void (*tell)(void *arg, const struct port_result *);
	void (*done)(void *arg, const struct error *);
	void *arg;
};

/*
 * Sweeps count ports of one host in the order of probes, which says for each what was found. tell
 * is called for each of them in that order, as soon as it and all before it are known; then done,
 * with an error if there was one on this side (no probe is reported of any more), else with NULL.
 * At once there are no more attempts than descriptors allow. All that is passed must outlive it.
 */
bool sweep_start(struct sweep *, struct loop *, const struct addresses *,
    struct port_result *results, size_t count, const struct sweep_rules *,
    void (*tell)(void *arg, const struct port_result *),
    void (*done)(void *arg, const struct error *), void *arg, struct error *);

/* Ends a sweep that is under way, and frees what it holds; to be called after its end, too. */
void sweep_stop(struct sweep *);

#endif
