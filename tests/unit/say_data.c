/* Data and messages on one standard error: none of them inside a line of another. */
#include "mode/say.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define LINES 20000
#define LINE_LEN 7

static char lines[LINES * LINE_LEN + 1];
static int reader;

/* Standard error is a pipe that is not read by itself. */
static int
prepare(void **state)
{
	int fds[2];

	(void)state;
	if (pipe(fds) == -1 || dup2(fds[1], STDERR_FILENO) == -1 || close(fds[1]) == -1)
		return -1;
	reader = fds[0];
	for (int i = 0; i < LINES; i++)
		snprintf(lines + i * LINE_LEN, LINE_LEN + 1, "%06d\n", i);
	return fcntl(reader, F_SETFL, O_NONBLOCK);
}

/* Reads all that is in the pipe, which begins at *at in lines. */
static void
read_lines(size_t *at)
{
	static char got[sizeof(lines)];
	ssize_t n;

	while ((n = read(reader, got, sizeof(got))) > 0) {
		assert_true(*at + (size_t)n < sizeof(lines));
		assert_memory_equal(got, lines + *at, (size_t)n);
		*at += (size_t)n;
	}
}

/*
 * Whether the pipe, from which so many bytes were read, has not taken a part of a line: where a
 * write could block, only pieces are written that fit as a whole.
 */
static bool
takes_whole_pieces(size_t at)
{
#ifdef PORTABLE
	return at % LINE_LEN == 0;
#else
	assert_true(at % LINE_LEN != 0);
	return false;
#endif
}

/* The pipe takes a part of a line: the rest comes before the message. */
static void
a_message_waits_for_the_end_of_a_line(void **state)
{
	const char message[] = "strait: hello\n";
	char got[64];
	size_t at = 0, taken = 0;
	ssize_t n;

	(void)state;
	while ((n = say_standard.write(lines + taken, strlen(lines) - taken)) > 0)
		taken += (size_t)n;
	assert_true(n == -1 && errno == EAGAIN);
	assert_true(taken % LINE_LEN == 0);
	read_lines(&at);
	if (takes_whole_pieces(at))
		return;
	assert_true(taken - at < LINE_LEN);

	notice("hello");
	n = read(reader, got, sizeof(got));
	assert_int_equal(n, taken - at + strlen(message));
	assert_memory_equal(got, lines + at, taken - at);
	assert_memory_equal(got + taken - at, message, strlen(message));

	at = taken;
	assert_true(say_standard.write(lines + taken, 2 * LINE_LEN) == 2 * LINE_LEN);
	read_lines(&at);
	assert_int_equal(at, taken + 2 * LINE_LEN);
}

/* What is taken of a line, and not written, is asked for at the end. */
static void
the_end_of_a_line_is_written_before_there_is_nothing_to_do(void **state)
{
	size_t at = 0, taken = 0;
	ssize_t n;

	(void)state;
	while ((n = say_standard.write(lines + taken, strlen(lines) - taken)) > 0)
		taken += (size_t)n;
	n = say_standard.write("", 0);
	read_lines(&at);
	if (takes_whole_pieces(at))
		return;
	assert_true(n == -1);
	assert_true(at < taken);
	assert_int_equal(say_standard.write("", 0), 0);
	read_lines(&at);
	assert_int_equal(at, taken);
}

/*
 * Standard error was full, and has room again: although no other line is tried for a moment where
 * that takes time, the error that ends it is written.
 */
static void
an_error_is_written_as_soon_as_there_is_room(void **state)
{
	const struct error error = {.fault = FAULT_PEER, .text = "this is the error"};
	static char got[sizeof(lines)];
	ssize_t n;

	(void)state;
	for (int i = 0; i < LINES; i++)
		notice("nobody reads this");
	while ((n = read(reader, got, sizeof(got))) > 0)
		continue;
	assert_true(n == -1 && errno == EAGAIN);
	assert_int_equal(complain(&error), FAULT_PEER);
	n = read(reader, got, sizeof(got) - 1);
	assert_true(n > 0);
	got[n] = '\0';
	assert_non_null(strstr(got, "messages lost"));
	assert_non_null(strstr(got, "strait: this is the error\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_message_waits_for_the_end_of_a_line, prepare),
	    cmocka_unit_test_setup(
		the_end_of_a_line_is_written_before_there_is_nothing_to_do, prepare),
	    cmocka_unit_test_setup(an_error_is_written_as_soon_as_there_is_room, prepare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
