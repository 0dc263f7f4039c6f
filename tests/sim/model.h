#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a direction should deliver, kept beside what it does: each byte that a source gives is put
 * through transforms and framings that were written a second time, and what a sink gets is held
 * against that at once. The contents are such that no two places of them look the same.
 */

enum contents {
	CONTENTS_BYTES,  /* any, but for 255 */
	CONTENTS_LINES,  /* short lines, some empty, some CRs */
	CONTENTS_FRAMES, /* frames of up to some hundred bytes, some empty */
	CONTENTS_TELNET  /* lines and commands */
};

enum marks { MARKS_NONE, MARKS_LINES, MARKS_TEXT, MARKS_FRAMES };

struct model_kind {
	enum contents contents;
	bool crlf, telnet;   /* what changes the bytes */
	bool from_messages;  /* the source keeps boundaries, */
	enum marks from, to; /* or the streams mark messages */
	bool to_messages;    /* the sink keeps boundaries */
	bool cut;            /* what is no message may be cut anywhere */
	size_t longest;      /* the longest message to the sink */
	bool cut_short;      /* a rule may end it inside a line, which is one then */
	size_t most;         /* so many messages are all there is; 0: any number */
	int64_t delay;       /* from line to line, or message to message */
};

/* Room for all that one direction delivers in a run, and for its boundaries. */
#define MODEL_MAX ((size_t)12 << 20)
#define MODEL_BOUNDS 65536

struct model {
	struct model_kind kind;
	char *due; /* what is to be delivered, */
	size_t length, delivered;
	size_t *bounds; /* where in there messages end, */
	size_t bounds_count, bounds_done;
	size_t given;        /* bytes of the source */
	size_t messages;     /* delivered, or begun and to be */
	size_t message;      /* where in due the message begins that is being taken */
	int64_t given_at;    /* when the source gave something last, */
	int64_t moved_at;    /* and the sink got something */
	int64_t pause_until; /* with a delay */
	bool after_cr;
	int telnet; /* where in a command */
	unsigned char asked;
	size_t frame; /* bytes that are still missing of a frame; its mark: */
	size_t mark_length;
	unsigned char mark[4];
	/* Answers that the transform makes, which go out between what the other direction has. */
	struct {
		unsigned char text[1024];
		size_t length, delivered;
	} answers;
	struct model *answered; /* whose answers go out here; NULL: none do */
	size_t most;            /* in flight at once */
	bool half;              /* the source ended inside a frame */
};

void model_start(struct model *, const struct model_kind *, struct model *answered);

/* The source gives the next bytes, into data unless it is NULL. */
void model_give(struct model *, char *data, size_t size);

/* They were one read, or one message. */
void model_bound(struct model *);

/* The source has ended: what is left may be a message. */
void model_end(struct model *);

/* The sink gets these bytes: of a byte stream; one message. */
void model_get(struct model *, const char *data, size_t size);
void model_get_message(struct model *, const char *data, size_t size);

/* A message is left out, for it is too long. */
bool model_leave_out(struct model *);

/* How many messages have been delivered. */
size_t model_messages(const struct model *);

/* Whether all that was taken has been delivered. */
bool model_is_done(const struct model *);

#endif
