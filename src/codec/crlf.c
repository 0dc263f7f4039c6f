#include "codec/crlf.h"

static size_t
crlf_apply(struct transform *transform, char *out, const char *in, size_t len)
{
	struct crlf *crlf = (struct crlf *)transform;
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		const char c = in[i];

		if (c == '\n' && !crlf->after_cr)
			out[used++] = '\r';
		out[used++] = c;
		crlf->after_cr = c == '\r';
	}
	return used;
}

void
crlf_start(struct crlf *crlf)
{
	*crlf = (struct crlf){.transform = {.apply = crlf_apply, .growth = CRLF_GROWTH}};
}
