#include "pump/tap_log.h"

static void
log_saw(struct tap *tap, const char *data, size_t len)
{
	outfile_put(((struct tap_log *)tap)->file, data, len);
}

static bool
log_has_room(const struct tap *tap)
{
	return outfile_has_room(((const struct tap_log *)tap)->file);
}

struct tap *
tap_log_init(struct tap_log *log, struct outfile *file)
{
	*log = (struct tap_log){
	    .tap = {.needs_bytes = true,
		.saw = log_saw,
		.answered = log_saw,
		.has_room = log_has_room},
	    .file = file,
	};
	return &log->tap;
}
