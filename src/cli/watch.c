#include "cli/watch.h"

#include <string.h>

#include "net/outfile.h"

bool
watch_check(const struct options *o, struct error *err)
{
	const struct recording_rules *r = &o->recording;
	const char *const files[] = {
	    r->hex_dump, r->output, r->output_sent, r->output_received, r->pcap};

	for (size_t i = 0; o->json && i < sizeof(files) / sizeof(files[0]); i++)
		if (files[i] != NULL && strcmp(files[i], OUTFILE_STANDARD_ERROR) == 0)
			return error_set(err, FAULT_LOCAL,
			    "with --json nothing but events is written to standard error: name a "
			    "file instead of \"-\"");
	return true;
}

bool
watch_seems_json(int argc, char *const argv[])
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const size_t len = strlen(argv[i]);

		/* Long options may be abbreviated. */
		if (len > 2 && strncmp("--json", argv[i], len) == 0)
			return true;
	}
	return false;
}
