/* Telnet's negotiation, taken out and refused wherever it is cut. */
#include "codec/telnet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "pieces.h"

#define IAC "\xff"
#define DONT "\xfe"
#define DO "\xfd"
#define WONT "\xfc"
#define WILL "\xfb"
#define SB "\xfa"
#define GO_AHEAD "\xf9"
#define NOP "\xf1"
#define SE "\xf0"

struct example {
	const char *in, *out, *answers;
	size_t len, out_len, answers_len;
};
#define EXAMPLE(in, out, answers)                                                                  \
	{                                                                                          \
		in, out, answers, sizeof(in) - 1, sizeof(out) - 1, sizeof(answers) - 1             \
	}

static const struct example examples[] = {
    EXAMPLE("", "", ""),
    EXAMPLE("text\r\n\0\x80\xef", "text\r\n\0\x80\xef", ""),
    /* Bytes that are commands only behind IAC. */
    EXAMPLE(DO WILL SB SE NOP, DO WILL SB SE NOP, ""),
    EXAMPLE(IAC IAC, IAC, ""),
    EXAMPLE("a" IAC IAC IAC IAC "b", "a" IAC IAC "b", ""),
    EXAMPLE(IAC IAC DO "\1", IAC DO "\1", ""),
    EXAMPLE(IAC DO "\1", "", IAC WONT "\1"),
    EXAMPLE(IAC WILL "\3", "", IAC DONT "\3"),
    EXAMPLE(IAC DO "\0" IAC WILL IAC, "", IAC WONT "\0" IAC DONT IAC),
    EXAMPLE(IAC DONT "\1" IAC WONT "\3", "", ""),
    EXAMPLE(IAC DONT IAC "a" IAC WONT SB "b", "ab", ""),
    EXAMPLE("a" IAC NOP "b" IAC GO_AHEAD "c" IAC SE "d" IAC "\0e", "abcde", ""),
    EXAMPLE("a" IAC SB "\30\1text" IAC SE "b", "ab", ""),
    EXAMPLE(IAC SB IAC IAC SE IAC DO "\1" IAC SE "b", "b", ""),
    EXAMPLE(IAC SB SE "no end", "", ""),
    EXAMPLE("a" IAC, "a", ""),
    EXAMPLE("a" IAC DO, "a", ""),
    EXAMPLE("a" IAC WONT, "a", ""),
    EXAMPLE("a" IAC SB "b" IAC, "a", ""),
    EXAMPLE(IAC DO "\30" IAC DO "\40login: " IAC IAC IAC WILL "\1" IAC SB "\30\1" IAC SE "x",
	"login: " IAC "x", IAC WONT "\30" IAC WONT "\40" IAC DONT "\1"),
    EXAMPLE(IAC DO IAC IAC IAC IAC WILL "\2y", IAC "y", IAC WONT IAC IAC DONT "\2"),
};

/* A transform with an outbox that has room for size bytes and not one more. */
struct fixture {
	struct telnet telnet;
	struct outbox box;
};

static void
begin(struct fixture *f, size_t size)
{
	f->box = (struct outbox){.data = malloc(size), .size = size};
	telnet_start(&f->telnet, &f->box);
}

static void
end(struct fixture *f)
{
	free(f->box.data);
}

typedef size_t apply_fn(struct transform *, char *out, const char *in, size_t len);

/* As a transform that only takes away may be used. */
static size_t
apply_in_place(struct transform *transform, char *out, const char *in, size_t len)
{
	char *buffer = malloc(len);
	size_t used;

	memcpy(buffer, in, len);
	used = transform->apply(transform, buffer, buffer, len);
	memcpy(out, buffer, used);
	free(buffer);
	return used;
}

/* The answers to each piece are sent before the next one comes. */
static void
check_with(apply_fn *apply, const struct example *example, const struct cuts *cuts)
{
	char out[TEXT_MAX], answers[TEXT_MAX];
	size_t longest = 0, at = 0, len = 0, answers_len = 0;
	struct fixture f;

	for (size_t i = 0; i < cuts->count; at = cuts->ends[i++])
		longest = cuts->ends[i] - at > longest ? cuts->ends[i] - at : longest;
	begin(&f, longest + TELNET_CARRY);
	at = 0;
	for (size_t i = 0; i < cuts->count; at = cuts->ends[i++]) {
		len += apply(&f.telnet.transform, out + len, example->in + at, cuts->ends[i] - at);
		memcpy(answers + answers_len, f.box.data + f.box.start, f.box.end - f.box.start);
		answers_len += f.box.end - f.box.start;
		f.box.start = f.box.end;
	}
	end(&f);
	assert_int_equal(len, example->out_len);
	assert_memory_equal(out, example->out, len);
	assert_int_equal(answers_len, example->answers_len);
	assert_memory_equal(answers, example->answers, answers_len);
}

static void
check(const void *example, const struct cuts *cuts)
{
	check_with(apply_apart, example, cuts);
	check_with(apply_in_lane, example, cuts);
	check_with(apply_in_place, example, cuts);
}

static void
commands_are_taken_out_and_requests_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		each_cut(examples[i].len, check, &examples[i]);
}

/* All of the examples that end in data, one behind the other. */
static void
long_texts_may_be_cut_anywhere(void **state)
{
	char in[TEXT_MAX], out[TEXT_MAX], answers[TEXT_MAX];
	struct example all = {in, out, answers, 0, 0, 0};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		const struct example *one = &examples[i];

		if (one->len == 0 || one->out_len == 0 ||
		    one->in[one->len - 1] != one->out[one->out_len - 1])
			continue;
		memcpy(in + all.len, one->in, one->len);
		memcpy(out + all.out_len, one->out, one->out_len);
		memcpy(answers + all.answers_len, one->answers, one->answers_len);
		all.len += one->len;
		all.out_len += one->out_len;
		all.answers_len += one->answers_len;
	}
	assert_true(all.len > THREE_MAX);
	each_cut(all.len, check, &all);
}

#define REQUESTS IAC DO "\1" IAC WILL "\2" IAC DO "\3"
#define REFUSALS IAC WONT "\1" IAC DONT "\2" IAC WONT "\3"

static void
an_outbox_takes_whole_answers_or_none(void **state)
{
	static const char text[] = "a" REQUESTS "b";
	const size_t len = sizeof(text) - 1;
	struct fixture f;
	char out[2];

	(void)state;
	for (size_t size = 0; size <= sizeof(REFUSALS) - 1; size++)
		for (size_t cut = 0; cut <= len; cut++) {
			size_t used;

			begin(&f, size);
			used = apply_apart(&f.telnet.transform, out, text, cut);
			used += apply_apart(&f.telnet.transform, out + used, text + cut, len - cut);
			assert_int_equal(used, 2);
			assert_memory_equal(out, "ab", 2);
			assert_int_equal(f.box.start, 0);
			assert_int_equal(f.box.end, size / 3 * 3);
			assert_memory_equal(f.box.data, REFUSALS, f.box.end);
			end(&f);
		}
}

static void
a_closed_outbox_takes_nothing(void **state)
{
	struct fixture f;
	char out[2];

	(void)state;
	begin(&f, 64);
	outbox_close(&f.box);
	assert_int_equal(
	    apply_apart(&f.telnet.transform, out, "a" REQUESTS "b", sizeof("a" REQUESTS "b") - 1),
	    2);
	assert_memory_equal(out, "ab", 2);
	assert_true(outbox_empty(&f.box));
	end(&f);
}

/* While a part of it is still to be sent, nothing is written over. */
static void
an_outbox_begins_anew_when_it_is_empty(void **state)
{
	struct fixture f;
	char out[1];

	(void)state;
	begin(&f, 6);
	apply_apart(&f.telnet.transform, out, IAC DO "\1", 3);
	f.box.start = 2;
	apply_apart(&f.telnet.transform, out, IAC DO "\2" IAC DO "\3", 6);
	assert_int_equal(f.box.start, 2);
	assert_int_equal(f.box.end, 6);
	assert_memory_equal(f.box.data, IAC WONT "\1" IAC WONT "\2", 6);
	f.box.start = 6;
	apply_apart(&f.telnet.transform, out, IAC WILL "\4", 3);
	assert_int_equal(f.box.start, 0);
	assert_int_equal(f.box.end, 3);
	assert_memory_equal(f.box.data, IAC DONT "\4", 3);
	end(&f);
}

/* The most answers of a piece: one for each three bytes, and for one that had begun before. */
static void
what_is_carried_over_has_room(void **state)
{
	enum { REQUESTS_MAX = 100 };
	char text[3 * REQUESTS_MAX], out[1];
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (IAC DO "\1")[i % 3];
	begin(&f, sizeof(text) - 2 + TELNET_CARRY);
	apply_apart(&f.telnet.transform, out, text, 2);
	apply_apart(&f.telnet.transform, out, text + 2, sizeof(text) - 2);
	assert_int_equal(f.box.end, sizeof(text));
	end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(commands_are_taken_out_and_requests_refused),
	    cmocka_unit_test(long_texts_may_be_cut_anywhere),
	    cmocka_unit_test(an_outbox_takes_whole_answers_or_none),
	    cmocka_unit_test(a_closed_outbox_takes_nothing),
	    cmocka_unit_test(an_outbox_begins_anew_when_it_is_empty),
	    cmocka_unit_test(what_is_carried_over_has_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
