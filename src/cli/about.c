#include "cli/about.h"

#include <string.h>

#include "cli/table.h"

#ifndef STRAIT_VERSION
#define STRAIT_VERSION "unknown"
#endif

/* The column where the help texts begin. */
#define COLUMN 27

/* "  -w, --wait SECS", padded to the column of the texts; if it is too long, on its own line. */
static void
print_spelling(FILE *out, const struct option_row *row)
{
	const int letter = row->key < KEY_SEQPACKET ? row->key : 0;
	int width = fprintf(out, letter != 0 ? "  -%c" : "    ", letter);

	if (row->name != NULL)
		width += fprintf(out, "%s--%s", letter != 0 ? ", " : "  ", row->name);
	if (row->argument != NULL)
		width += fprintf(out, option_may_lack_value(row) ? "[=%s]" : " %s", row->argument);
	if (width >= COLUMN) {
		fputc('\n', out);
		width = 0;
	}
	fprintf(out, "%*s", COLUMN - width, "");
}

static void
print_row(FILE *out, const struct option_row *row)
{
	print_spelling(out, row);
	for (const char *c = row->help; *c != '\0'; c++) {
		fputc(*c, out);
		if (*c == '\n')
			fprintf(out, "%*s", COLUMN, "");
	}
	fputc('\n', out);
}

void
about_help(FILE *out)
{
	fputs("strait joins standard input and output to a socket.\n\n"
	      "  strait [options] host port          connect; port: 80, http, 20-25,80\n"
	      "  strait -l [options] [host] [port]   listen\n"
	      "  strait -U [-l] [options] path       connect to a unix socket, or listen\n",
	    out);
	for (int group = 0; group < GROUP_COUNT; group++) {
		fprintf(out, "\n%s:\n", option_groups[group]);
		for (const struct option_row *row = option_table; row->key != KEY_NONE; row++)
			if ((int)row->group == group)
				print_row(out, row);
	}
	fputs("\nExit status: 0 all data delivered both ways, 1 connection failed or broke,\n"
	      "2 usage or local error, 3 name not resolved, 4 timed out, 5 standard input\n"
	      "or output failed. The manual, strait(1), has examples, and a table of when\n"
	      "a conversation ends.\n",
	    out);
}

/* The optional features of this build. */
#ifdef CRYPTO
#define DIGESTS "digests by libcrypto"
#else
#define DIGESTS "digests by libmd"
#endif
#if defined(__linux__) && !defined(PORTABLE)
#define FEATURES "with Linux calls, splice, " DIGESTS "; without TLS, sandbox"
#else
#define FEATURES "with portable calls only, " DIGESTS "; without splice, TLS, sandbox"
#endif

void
about_version(FILE *out)
{
	fprintf(out, "strait %s\n%s\n", STRAIT_VERSION, FEATURES);
}
