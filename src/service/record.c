#include "service/record.h"

#include <stdlib.h>

struct record {
	struct recording *recording;
	struct tap *sent, *received;
};

bool
recording_wanted(const struct recording_rules *r)
{
	return r->hex_dump != NULL || r->output != NULL || r->output_sent != NULL ||
	       r->output_received != NULL || r->pcap != NULL;
}

bool
recording_open(struct recording *r, const struct recording_rules *rules, struct loop *loop,
    struct observer *observer, struct error *err)
{
	(void)loop;
	(void)err;
	*r = (struct recording){.rules = *rules, .observer = observer};
	return true;
}

bool
recording_close(struct recording *r, struct error *err)
{
	(void)r;
	(void)err;
	return true;
}

struct record *
record_new(struct recording *recording, const struct record_of *of, struct error *err)
{
	struct record *r = calloc(1, sizeof(*r));

	(void)of;
	if (r == NULL)
		error_errno(err, FAULT_LOCAL, "memory");
	else
		r->recording = recording;
	return r;
}

struct tap *
record_sent(struct record *r)
{
	return r != NULL ? r->sent : NULL;
}

struct tap *
record_received(struct record *r)
{
	return r != NULL ? r->received : NULL;
}

bool
record_end(struct record *r, struct error *err)
{
	(void)r;
	(void)err;
	return true;
}

void
record_free(struct record *r)
{
	free(r);
}
