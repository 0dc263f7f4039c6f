/*
 * Simulates conversations: the pump and its lanes run between ends that act a script, without a
 * kernel, on a clock that is a number.
 *
 *	sim                  searches: all runs of each conversation to a depth, and random ones
 *	sim SEED [COUNT]     the random run of a seed, and those of the seeds behind it
 *	sim NAME/PATH        repeats a run, step by step
 *
 * SIM_SECONDS says how long the search takes, 60 s unless it is set; SIM_ONLY, of which
 * conversations, by how their names begin; with SIM_FIRST none begins after a failure. What fails
 *is told as a seed, or as a path; of a seed the shortest path is looked for. Speaks TAP.
 */
#include <malloc.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "choice.h"
#include "run.h"
#include "sim.h"

/* A search goes on to a depth as long as that takes no more than so much of its time. */
#define SEARCH_PART 0.7
#define DEPTH_MAX 40

/* Two failures that are called the same for so long are the same. */
#define ALIKE 20

/* So many seconds of the processor a run may take that makes no calls. */
#define HANGS 30

struct sim sim;

static struct {
	sigjmp_buf failed;
	char why[512];
	struct run run;
	unsigned long long runs;
} own;

void
sim_fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(own.why, sizeof(own.why), fmt, args);
	va_end(args);
	siglongjmp(own.failed, 1);
}

void
sim_tell(const char *fmt, ...)
{
	va_list args;

	if (!sim.verbose)
		return;
	va_start(args, fmt);
	printf("# ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
}

static void
crashed(int number)
{
	sim_fail("it ends by a signal: %s", strsignal(number));
}

/* Of this process: a busy machine makes no search less deep. */
static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Whether all that must hold does. */
static bool
holds(const struct conversation *c)
{
	static const struct itimerval watchdog = {.it_value.tv_sec = HANGS};

	if (own.runs++ % 1024 == 0)
		setitimer(ITIMER_VIRTUAL, &watchdog, NULL);
	if (sigsetjmp(own.failed, 1) != 0)
		return false;
	run_conversation(&own.run, c);
	return true;
}

/* Finds a path with fewer choices that fails, too: the same is not asked. */
static void
shorten(const struct conversation *c, char path[CHOICE_MAX + 1])
{
	char less[CHOICE_MAX + 1], why[sizeof(own.why)];
	bool again = true;

	strcpy(why, own.why);

	while (again) {
		again = false;
		for (size_t i = strlen(path); i-- > 0;) {
			strcpy(less, path);
			if (less[i] == '0')
				memmove(less + i, less + i + 1, strlen(less + i));
			else
				less[i] = '0';
			choice_path(less);
			if (holds(c) || strncmp(own.why, why, ALIKE) != 0)
				continue;
			choice_text(less);
			if (strlen(less) > strlen(path) ||
			    (strlen(less) == strlen(path) && strcmp(less, path) >= 0))
				continue;
			again = true;
			strcpy(path, less);
			if (i > strlen(path))
				i = strlen(path);
		}
	}
}

/* Tells of the last run, which has failed. */
static bool
tell_failure(const struct conversation *c, const char *what)
{
	char path[CHOICE_MAX + 1];
	const unsigned long long runs = own.runs;

	choice_text(path);
	printf("not ok - %s: %s\n#   found by %s, in run %llu\n", c->name, own.why, what, runs);
	shorten(c, path);
	choice_path(path);
	(void)holds(c);
	printf("#   shortest: sim %s/%s: %s\n", c->name, path, own.why);
	return false;
}

/* One depth more as long as there is time. */
static bool
search(const struct conversation *c, double until, size_t *depth)
{
	double before = 0, now = seconds(), begun;
	char what[64];

	for (*depth = 0; *depth < DEPTH_MAX; ++*depth) {
		/* The next depth takes as many times more as this one has taken. */
		if (*depth > 3 && now + before * 6 > until)
			break;
		begun = now;
		choice_search(*depth + 1);
		do {
			if (!holds(c)) {
				snprintf(what, sizeof(what), "the search, depth %zu", *depth + 1);
				return tell_failure(c, what);
			}
		} while (choice_next());
		now = seconds();
		before = now - begun;
	}
	return true;
}

static bool
run_seed(uint64_t seed, const struct conversation *c)
{
	char what[64];

	choice_seed(seed);
	if (holds(c))
		return true;
	snprintf(what, sizeof(what), "sim %llu", (unsigned long long)seed);
	return tell_failure(c, what);
}

/* Seeds of one conversation: their remainder says which. */
static bool
run_seeds(size_t which, double until)
{
	for (uint64_t seed = which;; seed += conversations_count) {
		if (!run_seed(seed, &conversations[which]))
			return false;
		if (own.runs % 64 == 0 && seconds() > until)
			return true;
	}
}

/* All of one conversation. */
static bool
explore(size_t which, double time)
{
	const struct conversation *c = &conversations[which];
	const double now = seconds();
	unsigned long long searched;
	size_t depth;

	if (!search(c, now + time * SEARCH_PART, &depth))
		return false;
	searched = own.runs;
	if (!run_seeds(which, now + time))
		return false;
	printf("ok - %s: all %llu runs to depth %zu, and %llu random ones\n", c->name, searched,
	    depth, own.runs - searched);
	return true;
}

/* Each conversation in a process of its own, as many at once as there are processors. */
static bool
explore_all(double time, const char *only, bool first)
{
	const long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t count = 0, running = 0;
	bool good = true;
	int status;

	for (size_t i = 0; i < conversations_count; i++)
		count += strncmp(conversations[i].name, only, strlen(only)) == 0;
	time = time * (double)processors / (double)count;
	for (size_t i = 0; i < conversations_count || running > 0;) {
		if (i == conversations_count || running == (size_t)processors) {
			if (wait(&status) == -1)
				return false;
			good = good && status == 0;
			running--;
			if (!good && first)
				i = conversations_count;
			continue;
		}
		if (strncmp(conversations[i].name, only, strlen(only)) != 0) {
			i++;
			continue;
		}
		fflush(stdout);
		if (fork() == 0)
			exit(explore(i, time) ? EXIT_SUCCESS : EXIT_FAILURE);
		running++;
		i++;
	}
	return good;
}

/* NAME/PATH */
static bool
repeat(const char *text)
{
	const size_t len = strcspn(text, "/");

	for (size_t i = 0; i < conversations_count; i++) {
		const struct conversation *c = &conversations[i];

		if (strlen(c->name) != len || strncmp(c->name, text, len) != 0)
			continue;
		if (text[len] != '/' || !choice_path(text + len + 1))
			break;
		sim.verbose = true;
		if (holds(c))
			printf("ok - %s\n", text);
		else
			printf("not ok - %s: %s\n", text, own.why);
		return own.why[0] == '\0';
	}
	fprintf(stderr, "sim: %s: no such run\n", text);
	return false;
}

static bool
run_from(uint64_t seed, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		if (!run_seed(seed + i, &conversations[(seed + i) % conversations_count]))
			return false;
	printf(
	    "ok - %llu seeds from %llu on\n", (unsigned long long)count, (unsigned long long)seed);
	return true;
}

int
main(int argc, char **argv)
{
	static char out[MODEL_MAX], in[MODEL_MAX];
	static size_t out_bounds[MODEL_BOUNDS], in_bounds[MODEL_BOUNDS];
	static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGVTALRM};
	const struct sigaction action = {.sa_handler = crashed, .sa_flags = SA_NODEFER};
	const char *time = getenv("SIM_SECONDS"), *only = getenv("SIM_ONLY");
	bool good;

	own.run.out = (struct model){.due = out, .bounds = out_bounds};
	own.run.in = (struct model){.due = in, .bounds = in_bounds};
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
	/* The same memory again and again, rather than new one of the system's for each run. */
	mallopt(M_MMAP_THRESHOLD, 256 << 20);
	mallopt(M_TRIM_THRESHOLD, 512 << 20);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2)
		good = explore_all(time != NULL ? atof(time) : 60, only != NULL ? only : "",
		    getenv("SIM_FIRST") != NULL);
	else if (strchr(argv[1], '/') != NULL)
		good = repeat(argv[1]);
	else
		good = run_from(
		    strtoull(argv[1], NULL, 10), argc > 2 ? strtoull(argv[2], NULL, 10) : 1);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
