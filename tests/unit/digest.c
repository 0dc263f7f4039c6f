/* Digests, whichever library computes them, and however the bytes are cut. */
#include "codec/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "codec/digest_maker.h"
#include "pieces.h"

#define KINDS (DIGEST_BLAKE2B + 1)

/* From the standards (FIPS 180, RFC 1321, RFC 7693), and as sha256sum(1) and the others print them.
 */
static const struct example {
	const char *text;
	const char *digests[KINDS];
} examples[] = {
    {.text = "",
	.digests =
	    {
		[DIGEST_SHA256] =
		    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		[DIGEST_SHA512] =
		    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
		    "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
		[DIGEST_MD5] = "d41d8cd98f00b204e9800998ecf8427e",
		[DIGEST_BLAKE2B] =
		    "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419"
		    "d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce",
	    }},
    {.text = "abc",
	.digests =
	    {
		[DIGEST_SHA256] =
		    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		[DIGEST_SHA512] =
		    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
		[DIGEST_MD5] = "900150983cd24fb0d6963f7d28e17f72",
		[DIGEST_BLAKE2B] =
		    "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
		    "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
	    }},
    {.text = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	.digests =
	    {
		[DIGEST_SHA256] =
		    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
		[DIGEST_SHA512] =
		    "204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c335"
		    "96fd15c13b1b07f9aa1d3bea57789ca031ad85c7a71dd70354ec631238ca3445",
		[DIGEST_MD5] = "8215ef0796a20bcaaae116d3876c664a",
		[DIGEST_BLAKE2B] =
		    "7285ff3e8bd768d69be62b3bf18765a325917fa9744ac2f582a20850bc2b1141"
		    "ed1b3e4528595acc90772bdf2d37dc8a47130b44f33a02e8730e5ad8e166e888",
	    }},
    {.text = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
	     "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	.digests =
	    {
		[DIGEST_SHA256] =
		    "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
		[DIGEST_SHA512] =
		    "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
		    "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909",
		[DIGEST_MD5] = "03dd8807a93175fb062dfb55dc7d359c",
		[DIGEST_BLAKE2B] =
		    "ce741ac5930fe346811175c5227bb7bfcd47f42612fae46c0809514f9e0e3a11"
		    "ee1773287147cdeaeedff50709aa716341fe65240f4ad6777d6bfaf9726e5e52",
	    }},
};

/* Of a million times the letter a. */
static const char *const of_a_million[KINDS] = {
    [DIGEST_SHA256] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
    [DIGEST_SHA512] = "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
		      "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b",
    [DIGEST_MD5] = "7707d6ae4e027c70eea2a935c2296f21",
    [DIGEST_BLAKE2B] = "98fb3efb7206fd19ebf69b6f312cf7b64e3b94dbe1a17107913975a793f177e1"
		       "d077609d7fba363cbba00d05f7aa4e4fa8715d6428104c0a75643b0ff3fd3eaf",
};

struct job {
	const struct digests *digests;
	const struct example *example;
};

static void
assert_digest(struct digest *digest, const char *expected)
{
	char text[DIGEST_TEXT];
	struct error error;

	assert_true(digest_finish(digest, text, &error));
	assert_string_equal(text, expected);
}

static void
check_cut(const void *arg, const struct cuts *cuts)
{
	const struct job *job = arg;
	struct digest digest;
	struct error error;
	size_t at = 0;

	assert_true(digest_start(&digest, job->digests, &error));
	for (size_t i = 0; i < cuts->count; at = cuts->ends[i++])
		digest_update(&digest, job->example->text + at, cuts->ends[i] - at);
	assert_digest(&digest, job->example->digests[job->digests->kind]);
}

static void
check_a_million(const struct digests *digests)
{
	char piece[4096];
	struct digest digest;
	struct error error;
	size_t len;

	memset(piece, 'a', sizeof(piece));
	assert_true(digest_start(&digest, digests, &error));
	for (size_t left = 1000000, i = 0; left > 0; left -= len, i++) {
		len = i * 7 % sizeof(piece);
		len = len < left ? len : left;
		digest_update(&digest, piece, len);
	}
	assert_digest(&digest, of_a_million[digests->kind]);
}

static void
check_kind(const struct digest_maker *maker, enum digest_kind kind)
{
	struct digests digests;
	struct error error;

	assert_true(digests_open_with(&digests, kind, maker, &error));
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		each_cut(strlen(examples[i].text), check_cut,
		    &(struct job){.digests = &digests, .example = &examples[i]});
	check_a_million(&digests);
	digests_close(&digests);
}

#ifdef CRYPTO
static void
libcrypto_computes_every_kind(void **state)
{
	(void)state;
	for (int kind = DIGEST_NONE + 1; kind < KINDS; kind++)
		check_kind(&digest_crypto, (enum digest_kind)kind);
}
#endif

static void
libmd_computes_all_but_blake2b(void **state)
{
	struct digests digests;
	struct error error;

	(void)state;
	for (int kind = DIGEST_NONE + 1; kind < DIGEST_BLAKE2B; kind++)
		check_kind(&digest_md, (enum digest_kind)kind);
	assert_false(digests_open_with(&digests, DIGEST_BLAKE2B, &digest_md, &error));
	assert_int_equal(error.fault, FAULT_LOCAL);
	assert_non_null(strstr(error.text, "blake2b"));
	digests_close(&digests);
}

static void
several_digests_grow_side_by_side(void **state)
{
	struct digests digests;
	struct digest first, second, unfinished;
	struct error error;

	(void)state;
	assert_true(digests_open(&digests, DIGEST_SHA256, &error));
	assert_true(digest_start(&first, &digests, &error));
	assert_true(digest_start(&second, &digests, &error));
	assert_true(digest_start(&unfinished, &digests, &error));
	digest_update(&first, "ab", 2);
	digest_update(&unfinished, "ab", 2);
	assert_digest(&second, examples[0].digests[DIGEST_SHA256]);
	digest_update(&first, "c", 1);
	assert_digest(&first, examples[1].digests[DIGEST_SHA256]);
	digest_free(&unfinished);
	digest_free(&unfinished);
	digests_close(&digests);
	digests_close(&digests);
}

static void
names_and_lengths_tell_kinds_apart(void **state)
{
	char text[2 * DIGEST_TEXT];

	(void)state;
	for (int i = DIGEST_NONE + 1; i < KINDS; i++) {
		const enum digest_kind kind = (enum digest_kind)i;

		assert_int_equal(digest_named(digest_name(kind)), kind);
		snprintf(text, sizeof(text), "%s", examples[1].digests[kind]);
		assert_true(digest_is_text(kind, text));
		assert_int_equal(
		    digest_kind_of(text), kind == DIGEST_BLAKE2B ? DIGEST_SHA512 : kind);
		text[0] = 'F';
		assert_true(digest_is_text(kind, text));
		text[0] = 'g';
		assert_false(digest_is_text(kind, text));
		snprintf(text, sizeof(text), "%s0", examples[1].digests[kind]);
		assert_false(digest_is_text(kind, text));
		assert_int_equal(digest_kind_of(text), DIGEST_NONE);
	}
	assert_int_equal(digest_named("sha1"), DIGEST_NONE);
	assert_int_equal(digest_named(""), DIGEST_NONE);
	assert_int_equal(digest_named("none"), DIGEST_NONE);
	assert_int_equal(digest_kind_of(""), DIGEST_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef CRYPTO
	    cmocka_unit_test(libcrypto_computes_every_kind),
#endif
	    cmocka_unit_test(libmd_computes_all_but_blake2b),
	    cmocka_unit_test(several_digests_grow_side_by_side),
	    cmocka_unit_test(names_and_lengths_tell_kinds_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
