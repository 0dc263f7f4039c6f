#ifndef MODE_METER_H
#define MODE_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How far a transfer is, as text: computed from counts and times only. */

/* How many counts are remembered: enough for three seconds at five a second. */
#define METER_SAMPLES 24

/* Bytes that have moved by a certain time. */
struct meter_sample {
	int64_t time;
	uint64_t sent, received;
};

struct meter {
	struct meter_sample
	    samples[METER_SAMPLES]; /* the newest is at (count - 1) % METER_SAMPLES */
	uint64_t count;             /* of all samples so far */
	int64_t began_at;
};

/* What a line shows. Rates are bytes a second, durations nanoseconds. */
struct reading {
	const char *waiting; /* what is waited for; nothing else is shown then. NULL: nothing */
	bool many;           /* there may be several clients, whose number is shown */
	size_t clients;
	bool counted; /* the bytes are known; else only that there are clients, and for how long */
	bool over;    /* everything has moved: the rates are those of the whole time */
	uint64_t sent, received;
	uint64_t rate_sent, rate_received;       /* over the last few seconds */
	uint64_t average_sent, average_received; /* since the start */
	int64_t duration;
	uint64_t size;      /* how many bytes are expected; 0: unknown */
	bool size_received; /* these are received, else sent */
};

/* Starts to measure: nothing has moved so far. */
void meter_start(struct meter *, int64_t now);

/* Takes the counts of this time, and fills in what follows from them: all rates, the duration. */
void meter_take(struct meter *, int64_t now, struct reading *);

/* A longer line than this is never needed. */
#define METER_LINE ((size_t)1024)

/*
 * Writes the line for these figures to buf, at most width characters of it (less than METER_LINE),
 * and returns buf. What matters least is left out first: on 40 columns the bytes, their rate and
 * the percentage still fit. A bar takes the room that is left.
 */
char *meter_line(char buf[static METER_LINE], const struct reading *, size_t width);

/* The same without a limit, and without a bar. */
char *meter_text(char buf[static METER_LINE], const struct reading *);

#endif
