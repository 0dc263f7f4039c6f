#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "subject.h"

/* One conversation that is simulated: what its ends are, say and do. */
struct conversation {
	const char *name;
	struct actor_kind near, far;
	enum contents near_says, far_says;
	struct subject_rules rules;
	bool leaves; /* near may leave: it says no more than what can be read then */
};

struct run {
	const struct conversation *conversation;
	struct actor near, far;
	struct model out, in;
	bool left;          /* near has */
	int64_t changed_at; /* when something was done last that is no waiting */
	unsigned idle_turns;
};

extern const struct conversation conversations[];
extern const size_t conversations_count;

/* Runs it to its end, by the choices that are set, and checks it. */
void run_conversation(struct run *, const struct conversation *);

/* What must hold after each turn, and after a run. */
void check_limits(const struct run *);
void check_run(const struct run *);

#endif
