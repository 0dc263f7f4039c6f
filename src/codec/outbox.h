#ifndef CODEC_OUTBOX_H
#define CODEC_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of strait's own that are to be sent, in a space that somebody else owns. */
struct outbox {
	char *data;
	size_t size, start, end;
	bool closed; /* nobody sends them any more: what is put in is lost */
};

static inline bool
outbox_empty(const struct outbox *box)
{
	return box->start == box->end;
}

static inline void
outbox_close(struct outbox *box)
{
	box->closed = true;
	box->start = box->end;
}

#endif
