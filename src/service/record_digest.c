#include "service/record_digest.h"

#include <strings.h>

bool
record_digest_start(struct record_digest *d, const struct digest_rules *rules,
    const struct digests *digests, struct error *err)
{
	*d = (struct record_digest){.rules = rules};
	if (rules->kind == DIGEST_NONE)
		return true;
	/* Where only what is received matters, the other direction may still be spliced. */
	return (!rules->tell || tap_digest_start(&d->sent, digests, err)) &&
	       tap_digest_start(&d->received, digests, err);
}

static struct tap *
started(struct tap_digest *tap)
{
	return tap->digest.state != NULL ? &tap->tap : NULL;
}

struct tap *
record_digest_sent(struct record_digest *d)
{
	return started(&d->sent);
}

struct tap *
record_digest_received(struct record_digest *d)
{
	return started(&d->received);
}

/* Reports the digest of one direction, if it is to be told. */
static void
tell(const struct record_digest *d, const char *direction, const char *text, const char *name,
    struct observer *observer)
{
	if (d->rules->tell)
		event_tell(observer, (struct event){.kind = EVENT_DIGEST,
					 .name = name,
					 .text = text,
					 .meaning = direction,
					 .algorithm = digest_name(d->rules->kind),
					 .among_many = d->rules->several});
}

static bool
check(const struct digest_rules *rules, const char *text, const char *name, struct error *err)
{
	return rules->expect == NULL || strcasecmp(text, rules->expect) == 0 ||
	       error_set(err, FAULT_PEER, "received from %s: %s is %s, not %s as expected", name,
		   digest_name(rules->kind), text, rules->expect);
}

bool
record_digest_end(
    struct record_digest *d, const char *name, struct observer *observer, struct error *err)
{
	char text[DIGEST_TEXT];

	if (started(&d->sent) != NULL) {
		if (!digest_finish(&d->sent.digest, text, err))
			return false;
		tell(d, "sent", text, name, observer);
	}
	if (started(&d->received) == NULL)
		return true;
	if (!digest_finish(&d->received.digest, text, err))
		return false;
	tell(d, "received", text, name, observer);
	return check(d->rules, text, name, err);
}

void
record_digest_free(struct record_digest *d)
{
	digest_free(&d->sent.digest);
	digest_free(&d->received.digest);
}
