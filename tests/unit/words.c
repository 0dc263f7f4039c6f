/* Command lines that become words. */
#include "codec/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORDS 8

/* Splits in a space that has no byte too many. */
static bool
split(char **room, char *words[WORDS + 1], size_t max, const char *text, const char **why)
{
	*why = NULL;
	*room = malloc(strlen(text) + 1);
	memset(words, 0x5a, (WORDS + 1) * sizeof(words[0]));
	return words_split(*room, words, max, text, why);
}

/* Whether text is these words, which a NULL ends. */
static void
check(const char *text, const char *const expected[WORDS + 1])
{
	char *room, *words[WORDS + 1];
	const char *why;
	size_t count = 0;

	assert_true(split(&room, words, WORDS, text, &why));
	for (; expected[count] != NULL; count++) {
		assert_non_null(words[count]);
		assert_string_equal(words[count], expected[count]);
	}
	assert_null(words[count]);
	free(room);
}

#define CHECK(text, ...) check(text, (const char *const[WORDS + 1]){__VA_ARGS__, NULL})

static void
refuse(const char *text, const char *expected)
{
	char *room, *words[WORDS + 1];
	const char *why;

	assert_false(split(&room, words, WORDS, text, &why));
	assert_string_equal(why, expected);
	free(room);
}

static void
blanks_and_newlines_separate_words(void **state)
{
	(void)state;
	CHECK("a", "a");
	CHECK("cat -n file", "cat", "-n", "file");
	CHECK("  a \t b\nc  ", "a", "b", "c");
	CHECK("a\rb\vc\fd", "a\rb\vc\fd");
	CHECK("\xff\xc3\xa4 \x80", "\xff\xc3\xa4", "\x80");
}

static void
single_quotes_keep_all(void **state)
{
	(void)state;
	CHECK("'a b'", "a b");
	CHECK("'a\\'", "a\\");
	CHECK("'\"$x`;|&' b", "\"$x`;|&", "b");
	CHECK("'\n\t\\n'", "\n\t\\n");
}

static void
double_quotes_keep_all_but_themselves_and_backslashes(void **state)
{
	(void)state;
	CHECK("\"a b\"", "a b");
	CHECK("\"a\\\"b\"", "a\"b");
	CHECK("\"a\\\\\" b", "a\\", "b");
	CHECK("\"\\a\\ \\'\\$\"", "\\a\\ \\'\\$");
	CHECK("\"it's\"", "it's");
	CHECK("\"\n\t\"", "\n\t");
}

static void
a_backslash_elsewhere_keeps_the_next_byte(void **state)
{
	(void)state;
	CHECK("a\\ b", "a b");
	CHECK("\\a\\\\\\'\\\"", "a\\'\"");
	CHECK("\\\n", "\n");
	CHECK("\\  b", " ", "b");
}

static void
what_touches_is_one_word(void **state)
{
	(void)state;
	CHECK("a'b c'\"d e\"f\\ g h", "ab cd ef g", "h");
	CHECK("'a''b'", "ab");
	CHECK("--x='a b'", "--x=a b");
}

static void
words_may_be_empty(void **state)
{
	(void)state;
	CHECK("''", "");
	CHECK("\"\"", "");
	CHECK("a '' \"\" b", "a", "", "", "b");
	CHECK("''''\"\"", "");
	CHECK("a''", "a");
}

/* There is no shell: these bytes are as any. */
static void
nothing_is_expanded(void **state)
{
	(void)state;
	CHECK("$HOME ~ *.c `x` #a a;b|c >d", "$HOME", "~", "*.c", "`x`", "#a", "a;b|c", ">d");
	CHECK("a=1 {b,c} [d] ?", "a=1", "{b,c}", "[d]", "?");
}

static void
a_text_without_words_is_empty(void **state)
{
	(void)state;
	refuse("", "empty");
	refuse(" ", "empty");
	refuse(" \t\n ", "empty");
}

static void
quotes_must_be_closed(void **state)
{
	(void)state;
	refuse("'", "a quote is not closed");
	refuse("\"", "a quote is not closed");
	refuse("a 'b", "a quote is not closed");
	refuse("a \"b", "a quote is not closed");
	refuse("'a\\''", "a quote is not closed");
	refuse("\"a\\\"", "a quote is not closed");
	refuse("\"a\\", "a quote is not closed");
	refuse("\"a'", "a quote is not closed");
	refuse("'a\"", "a quote is not closed");
	refuse("it's", "a quote is not closed");
}

static void
a_backslash_must_have_something_behind_it(void **state)
{
	(void)state;
	refuse("\\", "a backslash at the end");
	refuse("a\\", "a backslash at the end");
	refuse("a \\", "a backslash at the end");
	refuse("a\\\\\\", "a backslash at the end");
}

static void
more_words_than_fit_are_refused(void **state)
{
	char *room, *words[WORDS + 1];
	const char *why;

	(void)state;
	CHECK("1 2 3 4 5 6 7 8", "1", "2", "3", "4", "5", "6", "7", "8");
	CHECK("1 2 3 4 5 6 7 8 ", "1", "2", "3", "4", "5", "6", "7", "8");
	refuse("1 2 3 4 5 6 7 8 9", "too many words");
	refuse("1 2 3 4 5 6 7 8 ''", "too many words");
	for (size_t max = 0; max < 3; max++) {
		assert_false(split(&room, words, max, "a b c", &why));
		assert_string_equal(why, "too many words");
		/* Nothing behind the last that fits was touched. */
		assert_memory_equal(&words[max + 1], "\x5a\x5a\x5a\x5a", 4);
		free(room);
	}
	assert_false(split(&room, words, 0, " ", &why));
	assert_string_equal(why, "empty");
	free(room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(blanks_and_newlines_separate_words),
	    cmocka_unit_test(single_quotes_keep_all),
	    cmocka_unit_test(double_quotes_keep_all_but_themselves_and_backslashes),
	    cmocka_unit_test(a_backslash_elsewhere_keeps_the_next_byte),
	    cmocka_unit_test(what_touches_is_one_word),
	    cmocka_unit_test(words_may_be_empty),
	    cmocka_unit_test(nothing_is_expanded),
	    cmocka_unit_test(a_text_without_words_is_empty),
	    cmocka_unit_test(quotes_must_be_closed),
	    cmocka_unit_test(a_backslash_must_have_something_behind_it),
	    cmocka_unit_test(more_words_than_fit_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
