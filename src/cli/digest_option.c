#include "cli/digest_option.h"

/* Without --digest the length of what is expected tells the kind. */
static enum digest_kind
kind_of(const struct options *o)
{
	if (o->digest != NULL)
		return *o->digest != '\0' ? digest_named(o->digest) : DIGEST_SHA256;
	return o->expect != NULL ? digest_kind_of(o->expect) : DIGEST_NONE;
}

bool
digest_option_settle(struct options *o, struct error *err)
{
	const enum digest_kind kind = kind_of(o);

	o->recording.digest = (struct digest_rules){.kind = kind,
	    .tell = o->digest != NULL,
	    .expect = o->expect,
	    .several = options_several(o)};
	if (o->expect == NULL || (kind != DIGEST_NONE && digest_is_text(kind, o->expect)))
		return true;
	if (kind == DIGEST_NONE)
		return error_set(err, FAULT_LOCAL,
		    "--expect %.200s: expected 64 hexadecimal digits (sha256), 128 (sha512) or 32 "
		    "(md5)",
		    o->expect);
	return error_set(err, FAULT_LOCAL, "--expect %.200s: expected %zu hexadecimal digits (%s)",
	    o->expect, 2 * digest_size(kind), digest_name(kind));
}
