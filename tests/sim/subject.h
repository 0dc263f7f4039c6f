#ifndef SIM_SUBJECT_H
#define SIM_SUBJECT_H

#include <poll.h>

#include "actor.h"
#include "base/error.h"

/* The one place that knows the pump that is simulated, and its rules. */

struct subject_rules {
	bool copy;
	bool tapped;       /* somebody sees the bytes that are delivered */
	bool crlf, telnet; /* telnet: of what far says, answers go out between near's */
	bool skip_too_long;
	int64_t delay;                     /* of what near says */
	uint64_t rate;                     /* bytes a second, each way; 0: any */
	int64_t idle, quit, input_timeout; /* negative: for ever */
	size_t messages;
	bool datagrams, near_datagrams;
	bool hold, near_follows, one_way, sent_is_all, far_unanswered, near_is_peer;
};

#define SUBJECT_FDS 8

void subject_start(const struct subject_rules *, struct actor *near, struct actor *far);

/* What poll is to be asked, and until when; and what it told. */
size_t subject_want(struct pollfd fds[SUBJECT_FDS], int64_t *deadline);
void subject_serve(const struct pollfd *fds, size_t count);

/* Near says no more than what can be read now: from the outside. */
void subject_near_left(void);

/* Whether it has ended, with which error, and what it says it has taken and delivered. */
bool subject_done(const struct error **);
void subject_counts(bool out, uint64_t *taken, uint64_t *delivered, uint64_t *left_out);

void subject_stop(void);

#endif
