/* The poller is interrupted: before it waits, and while it does. */
#include "net/poller.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/timer.h"

#define MANY 40

static void
nothing_is_ready(void *arg, int fd, short events)
{
	(void)arg;
	(void)events;
	fail_msg("%d is ready", fd);
}

static void
interrupt(int number)
{
	(void)number;
	poller_interrupt();
}

/* Waits without limit, for so many pipes, where nothing ever comes: alarm(2) ends it if it fails.
 */
static void
waits_no_longer(size_t pipes)
{
	struct poller p;
	int fds[MANY][2];

	poller_init(&p);
	for (size_t i = 0; i < pipes; i++) {
		assert_return_code(pipe(fds[i]), errno);
		assert_true(poller_set(&p, fds[i][0], POLLIN));
	}
	assert_int_equal(p.many != -1, pipes > p.poll_max);
	poller_interrupt();
	alarm(10);
	assert_true(poller_wait(&p, -1, nothing_is_ready, NULL));
	alarm(0);
	assert_true(poller_interrupted());
	assert_false(poller_interrupted());
	assert_true(poller_wait(&p, 0, nothing_is_ready, NULL));
	assert_false(poller_interrupted());
	poller_free(&p);
	for (size_t i = 0; i < pipes; i++) {
		close(fds[i][0]);
		close(fds[i][1]);
	}
}

static void
a_wait_that_begins_later_returns_at_once(void **state)
{
	(void)state;
	poller_expect_interrupts(true);
	waits_no_longer(0);
	waits_no_longer(1);
	waits_no_longer(16);
	waits_no_longer(MANY);
}

static void
a_wait_that_is_under_way_returns(void **state)
{
	const struct sigaction action = {.sa_handler = interrupt};
	struct poller p;

	(void)state;
	poller_init(&p);
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	alarm(1);
	assert_false(poller_wait(&p, -1, nothing_is_ready, NULL));
	assert_int_equal(errno, EINTR);
	assert_true(poller_interrupted());
	poller_free(&p);
}

static int asked;

static void
count_question(void *arg)
{
	(void)arg;
	asked++;
}

static void
interrupt_and_stop(void *arg)
{
	poller_interrupt();
	loop_stop(arg);
}

/* What it would be told of has ended. */
static void
a_loop_that_has_stopped_is_asked_nothing(void **state)
{
	struct timer timer = {0};
	struct error error;
	struct loop loop;

	(void)state;
	loop_init(&loop);
	loop_on_interrupt(&loop, count_question, NULL);
	assert_true(timer_start(&timer, &loop, 0, interrupt_and_stop, &loop, &error));
	assert_true(loop_run(&loop, &error));
	assert_int_equal(asked, 0);
	loop_free(&loop);
	(void)poller_interrupted();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_wait_that_begins_later_returns_at_once),
	    cmocka_unit_test(a_wait_that_is_under_way_returns),
	    cmocka_unit_test(a_loop_that_has_stopped_is_asked_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
