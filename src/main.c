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

int
main(int argc, char *argv[])
{
	struct options options;
	struct error error;
	int status;

	if (!descriptor_reserve(&error))
		return complain(&error);
	/* A closed pipe and a file size limit are then errors of write(2). */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	signals_begin();
	if (!options_parse(&options, argc, argv, &error)) {
		/* A host that the options do not allow is status 3, as if it could not be resolved.
		 */
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
