#include "codec/digest.h"

#include <stdint.h>
#include <string.h>

#include "codec/digest_maker.h"

static const struct {
	const char *name;
	size_t size;
} kinds[] = {
    [DIGEST_NONE] = {"none", 0},
    [DIGEST_SHA256] = {"sha256", 32},
    [DIGEST_SHA512] = {"sha512", 64},
    [DIGEST_MD5] = {"md5", 16},
    [DIGEST_BLAKE2B] = {"blake2b", 64},
};

#define KINDS ((int)(sizeof(kinds) / sizeof(kinds[0])))

const char *
digest_name(enum digest_kind kind)
{
	return kinds[kind].name;
}

enum digest_kind
digest_named(const char *name)
{
	for (int kind = DIGEST_NONE + 1; kind < KINDS; kind++)
		if (strcmp(kinds[kind].name, name) == 0)
			return (enum digest_kind)kind;
	return DIGEST_NONE;
}

size_t
digest_size(enum digest_kind kind)
{
	return kinds[kind].size;
}

bool
digest_is_text(enum digest_kind kind, const char *text)
{
	const size_t len = strlen(text);

	return len == 2 * kinds[kind].size && strspn(text, "0123456789abcdefABCDEF") == len;
}

enum digest_kind
digest_kind_of(const char *text)
{
	for (int kind = DIGEST_NONE + 1; kind < KINDS; kind++)
		if (strlen(text) == 2 * kinds[kind].size)
			return (enum digest_kind)kind;
	return DIGEST_NONE;
}

bool
digests_open_with(struct digests *digests, enum digest_kind kind, const struct digest_maker *maker,
    struct error *err)
{
	*digests = (struct digests){.kind = kind, .maker = maker};
	if (maker->open(digests, err))
		return true;
	*digests = (struct digests){0};
	return false;
}

bool
digests_open(struct digests *digests, enum digest_kind kind, struct error *err)
{
#ifdef CRYPTO
	struct error cause;

	return digests_open_with(digests, kind, &digest_crypto, &cause) ||
	       digests_open_with(digests, kind, &digest_md, err) ||
	       error_set(err, FAULT_LOCAL, "%s digests need libcrypto: %s", digest_name(kind),
		   cause.text);
#else
	return digests_open_with(digests, kind, &digest_md, err);
#endif
}

void
digests_close(struct digests *digests)
{
	if (digests->maker != NULL)
		digests->maker->close(digests);
	*digests = (struct digests){0};
}

bool
digest_start(struct digest *digest, const struct digests *by, struct error *err)
{
	*digest = (struct digest){.by = by, .state = by->maker->start(by)};
	return digest->state != NULL ||
	       error_set(err, FAULT_LOCAL, "cannot compute %s digests", digest_name(by->kind));
}

void
digest_update(struct digest *digest, const void *data, size_t len)
{
	if (!digest->by->maker->update(digest->by, digest->state, data, len))
		digest->failed = true;
}

bool
digest_finish(struct digest *digest, char text[static DIGEST_TEXT], struct error *err)
{
	static const char digits[] = "0123456789abcdef";
	const struct digests *by = digest->by;
	unsigned char bytes[DIGEST_MAX];
	const bool done = by->maker->finish(by, digest->state, bytes) && !digest->failed;
	char *to = text;

	digest_free(digest);
	if (!done)
		return error_set(
		    err, FAULT_LOCAL, "cannot compute the %s digest", digest_name(by->kind));
	for (size_t i = 0; i < kinds[by->kind].size; i++) {
		*to++ = digits[bytes[i] >> 4];
		*to++ = digits[bytes[i] & 0xf];
	}
	*to = '\0';
	return true;
}

void
digest_free(struct digest *digest)
{
	if (digest->state != NULL)
		digest->by->maker->drop(digest->by, digest->state);
	digest->state = NULL;
}
