#ifndef CODEC_CRLF_H
#define CODEC_CRLF_H

#include <stdbool.h>

#include "codec/transform.h"

/* Makes CRLF of each LF that no CR stands before, also where the two come in different pieces. */
struct crlf {
	struct transform transform;
	bool after_cr;
};

/* How many bytes it makes of one, at the most. */
#define CRLF_GROWTH 2

void crlf_start(struct crlf *);

#endif
