#ifndef MODE_PROGRESS_H
#define MODE_PROGRESS_H

#include "mode/meter.h"
#include "mode/options.h"
#include "service/service.h"

/*
 * Tells how far a run is: with --progress at intervals, and after SIGUSR1 at once. On a terminal
 * the line is redrawn, otherwise lines are printed; each is an EVENT_PROGRESS, which an observer
 * may show in its own way.
 */
struct progress {
	struct task task;
	struct loop *loop;
	const struct options *options;
	struct observer *observer;
	struct meter meter;
	bool running;          /* there is, or was, a client: the meter counts from then on */
	bool redraws;          /* the line is redrawn on a terminal */
	bool sends_input;      /* what is sent is standard input, as it is: it may be a file */
	int64_t input_start;   /* its offset at the start; -1: not known */
	int64_t interval, due; /* of looking at the counts */
	int64_t line_interval, line_due;   /* of printing a line */
	uint64_t past_sent, past_received; /* by clients that have ended */
	bool past_counted;
	/*
	 * Fills in what is waited for, or adds the clients that there are now (progress_count).
	 * The text may be in space, which has PROGRESS_SPACE bytes.
	 */
	void (*look)(void *arg, struct reading *, char *space);
	void *arg;
};

#define PROGRESS_SPACE (DESTINATION_NAME + 64)

/*
 * Starts, before anything else that takes time. With --progress this adds a task to the loop;
 * otherwise it costs nothing until the signal comes. False with FAULT_LOCAL.
 */
bool progress_open(struct progress *, const struct options *, struct loop *, struct observer *,
    void (*look)(void *arg, struct reading *, char *space), void *arg, struct error *);

/* To be told of what is written to the terminal that the line is on; NULL: nothing is. */
struct stdio_screen *progress_screen(const struct options *);

/* A client begins: time counts from the first one on. */
void progress_begin(struct progress *);

/* Adds what a client has moved so far. */
void progress_count(struct reading *, const struct client *);

/* A client has ended: its bytes go on being counted. */
void progress_add(struct progress *, const struct client *);

/* Stops, before the clients are stopped; prints the last line. Does nothing if zeroed. */
void progress_close(struct progress *);

#endif
