#ifndef CODEC_CRLF_H
#define CODEC_CRLF_H

#include <stdbool.h>

#include "codec/transform.h"

/* Converts each LF that does not follow a CR to CRLF, also if the CR came in an earlier piece. */
struct crlf {
	struct transform transform;
	bool after_cr;
};

/* How many bytes it makes of one, at the most. */
#define CRLF_GROWTH 2

void crlf_start(struct crlf *);

#endif
