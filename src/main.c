/*
 * strait: joins standard input and output to a socket.
 */
#include <signal.h>
#include <stdio.h>

#include "cli/about.h"
#include "cli/parse.h"
#include "mode/mode.h"
#include "mode/say.h"
#include "net/descriptor.h"
#include "net/signals.h"

#define ANSWER_MAX ((size_t)32 << 10)

/* What strait says about itself goes to standard output, and counts only if it gets there. */
static int
answer(const struct options *o)
{
	char text[ANSWER_MAX];
	struct error error;

	/* All of it is written at the end, where a failure shows. */
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

int
main(int argc, char *argv[])
{
	struct options options;
	struct error error;
	int status;

	if (!descriptor_reserve(&error))
		return complain(&error);
	/* A reader that has gone, a file that may grow no more: errors of write(2), not deaths. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	signals_begin();
	if (!options_parse(&options, argc, argv, &error)) {
		/* A host that the options rule out is no usage error to a script. */
		if (error.fault == FAULT_NAME)
			return complain(&error);
		notice("%s (see strait --help)", error.text);
		return FAULT_LOCAL;
	}
	if (options.help || options.version || options.completion != NULL)
		return answer(&options);
	status = mode_run(&options);
	say_last();
	return status;
}
