#ifndef CODEC_OUTBOX_H
#define CODEC_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes that strait itself adds to what is sent. The owner provides the buffer. */
struct outbox {
	char *data;
	size_t size, start, end;
	bool closed; /* no longer sent: bytes that are added are lost */
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
