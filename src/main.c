/*
 * strait: joins standard input and output to a socket.
 */
#include <signal.h>
#include <stdio.h>

#include "cli/about.h"
#include "cli/parse.h"
#include "cli/watch.h"
#include "mode/mode.h"
#include "mode/say.h"
#include "net/descriptor.h"
#include "net/signals.h"

#define ANSWER_MAX ((size_t)32 << 10)

/* Prints the help, version or completion script. It is a failure if it cannot be written. */
static int
answer(const struct options *o)
{
	char text[ANSWER_MAX];
	struct error error;

	/* The buffer holds all of it, so that fclose(3) reports any failure to write. */
	setvbuf(stdout, text, _IOFBF, sizeof(text));
	if (o->help)
		about_help(stdout);
	else if (o->version)
		about_version(stdout);
	else
		about_completion(stdout, o->completion);
	if (fclose(stdout) == 0)
		return 0;
	error_errno(&error, FAULT_STANDARD, "write to standard output");
	return complain(&error);
}

/* Reports the exit status where that is asked for, and returns it. */
static int
leave(int status)
{
	say_exit(status);
	say_last();
	return status;
}

int
main(int argc, char *argv[])
{
	struct options options;
	struct error error;

	say_json(watch_seems_json(argc, argv));
	if (!descriptor_reserve(&error))
		return leave(complain(&error));
	/* A closed pipe and a file size limit are then errors of write(2). */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	signals_begin();
	if (!options_parse(&options, argc, argv, &error)) {
		/* A host that the options do not allow is status 3, as if it could not be resolved.
		 */
		if (error.fault == FAULT_NAME)
			return leave(complain(&error));
		return leave(complain_usage(&error));
	}
	say_json(options.json);
	if (options.help || options.version || options.completion != NULL)
		return leave(answer(&options));
	return leave(mode_run(&options));
}
