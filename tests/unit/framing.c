/* Messages in a byte stream, wherever it is cut. */
#include "codec/framing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "pieces.h"

/* The longest message in these tests. */
#define MAX 5

/* A stream, its messages (each in brackets), and how it ends. */
struct example {
	enum framing framing;
	const char *stream, *messages;
	size_t len, messages_len;
	enum split end;
};
#define EXAMPLE(framing, stream, messages, end)                                                    \
	{                                                                                          \
		framing, stream, messages, sizeof(stream) - 1, sizeof(messages) - 1, end           \
	}
#define LINES(stream, messages, end) EXAMPLE(FRAMING_LINES, stream, messages, end)
#define TEXT(stream, messages, end) EXAMPLE(FRAMING_TEXT, stream, messages, end)
#define FRAMES(stream, messages, end) EXAMPLE(FRAMING_FRAMES, stream, messages, end)

static const struct example examples[] = {
    LINES("", "", SPLIT_DONE),
    LINES("\n", "[]", SPLIT_DONE),
    LINES("\n\n\n", "[][][]", SPLIT_DONE),
    LINES("a\n", "[a]", SPLIT_DONE),
    LINES("a\n\nbc\n", "[a][][bc]", SPLIT_DONE),
    LINES("a\r\n\0\n", "[a\r][\0]", SPLIT_DONE),
    LINES("a", "[a]", SPLIT_DONE),
    LINES("a\nb", "[a][b]", SPLIT_DONE),
    LINES("12345\n", "[12345]", SPLIT_DONE),
    LINES("12345", "[12345]", SPLIT_DONE),
    LINES("12345\n\n12345", "[12345][][12345]", SPLIT_DONE),
    LINES("123456", "", SPLIT_TOO_LONG),
    LINES("123456\n", "", SPLIT_TOO_LONG),
    LINES("a\n123456\nb\n", "[a]", SPLIT_TOO_LONG),
    TEXT("", "", SPLIT_DONE),
    TEXT("\n", "[\n]", SPLIT_DONE),
    TEXT("a\n\nbc\n", "[a\n][\n][bc\n]", SPLIT_DONE),
    TEXT("a\r\nb", "[a\r\n][b]", SPLIT_DONE),
    TEXT("1234\n12345", "[1234\n][12345]", SPLIT_DONE),
    TEXT("12345\n", "", SPLIT_TOO_LONG),
    TEXT("123456", "", SPLIT_TOO_LONG),
    TEXT("a\n123456\nb\n", "[a\n]", SPLIT_TOO_LONG),
    FRAMES("", "", SPLIT_DONE),
    FRAMES("\0\0\0\0", "[]", SPLIT_DONE),
    FRAMES("\0\0\0\0\0\0\0\0", "[][]", SPLIT_DONE),
    FRAMES("\0\0\0\1a", "[a]", SPLIT_DONE),
    FRAMES("\0\0\0\5\0\0\0\1\n", "[\0\0\0\1\n]", SPLIT_DONE),
    FRAMES("\0\0\0\2ab\0\0\0\0\0\0\0\1c", "[ab][][c]", SPLIT_DONE),
    FRAMES("\0\0\0\6abcdef", "", SPLIT_TOO_LONG),
    FRAMES("\0\0\0\1a\0\0\1\0", "[a]", SPLIT_TOO_LONG),
    FRAMES("\0\1\0\0", "", SPLIT_TOO_LONG),
    FRAMES("\1\0\0\0", "", SPLIT_TOO_LONG),
    FRAMES("\xff\xff\xff\xff", "", SPLIT_TOO_LONG),
    FRAMES("\xff\xff\xff\xff"
	   "text",
	"", SPLIT_TOO_LONG),
    FRAMES("\0", "", SPLIT_MORE),
    FRAMES("\0\0\0", "", SPLIT_MORE),
    FRAMES("\xff\xff\xff", "", SPLIT_MORE),
    FRAMES("\0\0\0\1", "", SPLIT_MORE),
    FRAMES("\0\0\0\5abcd", "", SPLIT_MORE),
    FRAMES("\0\0\0\1a\0\0\0\2b", "[a]", SPLIT_MORE),
};

static void
check(const void *arg, const struct cuts *cuts)
{
	const struct example *example = arg;
	char shown[TEXT_MAX];
	struct decoded d;
	size_t at = 0, len = 0;

	decode(&d, example->framing, example->stream, cuts, MAX);
	for (size_t i = 0; i < d.count; at += d.sizes[i++]) {
		shown[len++] = '[';
		memcpy(shown + len, d.text + at, d.sizes[i]);
		len += d.sizes[i];
		shown[len++] = ']';
	}
	assert_int_equal(len, example->messages_len);
	assert_memory_equal(shown, example->messages, len);
	assert_int_equal(d.end, example->end);
}

static void
messages_are_found_wherever_a_stream_is_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		each_cut(examples[i].len, check, &examples[i]);
}

/* What is whole comes out of the marks as it went in. */
static void
marks_make_the_stream_again(void **state)
{
	struct cuts whole = {.count = 1};
	char stream[TEXT_MAX];
	struct decoded d;

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		const struct example *example = &examples[i];

		whole.ends[0] = example->len;
		decode(&d, example->framing, example->stream, &whole, MAX);
		whole.ends[0] = d.complete;
		decode(&d, example->framing, example->stream, &whole, MAX);
		assert_int_equal(d.end, SPLIT_DONE);
		assert_int_equal(encode(stream, &d, example->framing), d.complete);
		assert_memory_equal(stream, example->stream, d.complete);
	}
}

static void
check_marks(enum framing framing, const char *message, size_t size, const char *mark_before,
    size_t before_size, const char *mark_behind)
{
	char before[FRAMING_MARK], behind[FRAMING_MARK];
	size_t before_len, behind_len;

	framing_marks(framing, message, size, before, &before_len, behind, &behind_len);
	assert_int_equal(before_len, before_size);
	assert_memory_equal(before, mark_before, before_len);
	assert_int_equal(behind_len, strlen(mark_behind));
	assert_memory_equal(behind, mark_behind, behind_len);
}

static void
a_line_gets_a_newline_unless_it_has_one(void **state)
{
	(void)state;
	check_marks(FRAMING_LINES, "", 0, "", 0, "\n");
	check_marks(FRAMING_LINES, "a", 1, "", 0, "\n");
	check_marks(FRAMING_LINES, "a\nb", 3, "", 0, "\n");
	check_marks(FRAMING_LINES, "a\n", 2, "", 0, "");
	check_marks(FRAMING_LINES, "\n", 1, "", 0, "");
	/* What is behind the message is not looked at. */
	check_marks(FRAMING_LINES, "a\n", 1, "", 0, "\n");
}

static void
a_frame_gets_its_length(void **state)
{
	(void)state;
	check_marks(FRAMING_FRAMES, "", 0, "\0\0\0\0", 4, "");
	check_marks(FRAMING_FRAMES, "a\n", 2, "\0\0\0\2", 4, "");
	check_marks(FRAMING_FRAMES, "", 0x12345678, "\x12\x34\x56\x78", 4, "");
	check_marks(FRAMING_FRAMES, "", 0xfffefdfc, "\xff\xfe\xfd\xfc", 4, "");
	check_marks(FRAMING_FRAMES, "", FRAMING_MAX, "\1\0\0\0", 4, "");
}

static void
other_streams_get_no_marks(void **state)
{
	(void)state;
	check_marks(FRAMING_NONE, "", 0, "", 0, "");
	check_marks(FRAMING_NONE, "a", 1, "", 0, "");
	check_marks(FRAMING_TEXT, "", 0, "", 0, "");
	check_marks(FRAMING_TEXT, "a", 1, "", 0, "");
	check_marks(FRAMING_TEXT, "a\n", 2, "", 0, "");
}

static void
each_byte_of_a_length_counts(void **state)
{
	static const struct {
		const char *mark;
		size_t size;
	} cases[] = {{"\0\0\0\xfe", 0xfe}, {"\0\0\xfd\xfe", 0xfdfe}, {"\0\xfc\xfd\xfe", 0xfcfdfe}};
	char *stream = malloc(FRAMING_MARK + FRAMING_MAX);
	size_t skip, size, used;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(stream, cases[i].mark, FRAMING_MARK);
		assert_int_equal(framing_split(FRAMING_FRAMES, stream, FRAMING_MARK + cases[i].size,
				     FRAMING_MAX, &skip, &size, &used),
		    SPLIT_DONE);
		assert_int_equal(size, cases[i].size);
		assert_int_equal(used, FRAMING_MARK + cases[i].size);
	}
	free(stream);
}

/* The longest message, and one byte more. */
static void
the_longest_message_is_16_mib(void **state)
{
	const size_t room = FRAMING_MARK + FRAMING_MAX + 1;
	char *stream = malloc(room);
	size_t skip, size, used;

	(void)state;
	memset(stream, 'x', room);
	memcpy(stream, "\1\0\0\0", FRAMING_MARK);
	assert_int_equal(
	    framing_split(FRAMING_FRAMES, stream, room - 2, FRAMING_MAX, &skip, &size, &used),
	    SPLIT_MORE);
	assert_int_equal(
	    framing_split(FRAMING_FRAMES, stream, room, FRAMING_MAX, &skip, &size, &used),
	    SPLIT_DONE);
	assert_int_equal(skip, FRAMING_MARK);
	assert_int_equal(size, FRAMING_MAX);
	assert_int_equal(used, FRAMING_MARK + FRAMING_MAX);
	stream[3] = '\1';
	assert_int_equal(
	    framing_split(FRAMING_FRAMES, stream, room, FRAMING_MAX, &skip, &size, &used),
	    SPLIT_TOO_LONG);
	stream[FRAMING_MAX] = '\n';
	assert_int_equal(
	    framing_split(FRAMING_LINES, stream, FRAMING_MAX, FRAMING_MAX, &skip, &size, &used),
	    SPLIT_MORE);
	assert_int_equal(
	    framing_split(FRAMING_LINES, stream, room, FRAMING_MAX, &skip, &size, &used),
	    SPLIT_DONE);
	assert_int_equal(skip, 0);
	assert_int_equal(size, FRAMING_MAX);
	assert_int_equal(used, FRAMING_MAX + 1);
	stream[FRAMING_MAX] = 'x';
	stream[FRAMING_MAX + 1] = '\n';
	assert_int_equal(
	    framing_split(FRAMING_LINES, stream, room, FRAMING_MAX, &skip, &size, &used),
	    SPLIT_TOO_LONG);
	free(stream);
}

static void
a_stream_may_end_in_a_line_but_not_in_a_frame(void **state)
{
	(void)state;
	assert_int_equal(framing_rest(FRAMING_LINES, 0), SPLIT_DONE);
	assert_int_equal(framing_rest(FRAMING_LINES, 1), SPLIT_DONE);
	assert_int_equal(framing_rest(FRAMING_TEXT, 0), SPLIT_DONE);
	assert_int_equal(framing_rest(FRAMING_TEXT, 1), SPLIT_DONE);
	assert_int_equal(framing_rest(FRAMING_FRAMES, 0), SPLIT_DONE);
	assert_int_equal(framing_rest(FRAMING_FRAMES, 1), SPLIT_MORE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(messages_are_found_wherever_a_stream_is_cut),
	    cmocka_unit_test(marks_make_the_stream_again),
	    cmocka_unit_test(a_line_gets_a_newline_unless_it_has_one),
	    cmocka_unit_test(a_frame_gets_its_length),
	    cmocka_unit_test(other_streams_get_no_marks),
	    cmocka_unit_test(each_byte_of_a_length_counts),
	    cmocka_unit_test(the_longest_message_is_16_mib),
	    cmocka_unit_test(a_stream_may_end_in_a_line_but_not_in_a_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
