#ifndef CODEC_CRLF_H
#define CODEC_CRLF_H

#include <stdbool.h>

#include "codec/filter.h"

/* Makes CRLF of each LF that no CR stands before, also where the two come in different pieces. */
struct crlf {
	struct filter filter;
	bool after_cr;
};

void crlf_start(struct crlf *);

#endif
