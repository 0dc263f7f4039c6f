#include <string.h>

#include "cli/about.h"
#include "cli/table.h"

/* Prints text with every character of special (and the newline, as a space) made harmless. */
static void
print_escaped(FILE *out, const char *text, const char *special)
{
	for (; *text != '\0'; text++) {
		if (strchr(special, *text) != NULL)
			fputc('\\', out);
		fputc(*text == '\n' ? ' ' : *text, out);
	}
}

/* The same between single quotes of zsh, which a backslash does not make harmless. */
static void
print_quoted(FILE *out, const char *text, const char *special)
{
	const char *quote;

	for (; (quote = strchr(text, '\'')) != NULL; text = quote + 1) {
		for (; text < quote; text++)
			print_escaped(out, (const char[]){*text, '\0'}, special);
		fputs("'\\''", out);
	}
	print_escaped(out, text, special);
}

/* The words of "bash|zsh|fish", separated by spaces. */
static void
print_words(FILE *out, const char *words)
{
	for (; *words != '\0'; words++)
		fputc(*words == '|' ? ' ' : *words, out);
}

/* The spellings of a row, "-w" and "--wait", each behind the separator. */
static void
print_spellings(FILE *out, const struct option_row *row, const char *separator)
{
	if (row->key < KEY_SEQPACKET)
		fprintf(out, "%s-%c", separator, row->key);
	if (row->key < KEY_SEQPACKET && row->name != NULL && *separator == '\0')
		separator = "|";
	if (row->name != NULL)
		fprintf(out, "%s--%s", separator, row->name);
}

static void
complete_bash(FILE *out)
{
	fputs("# bash completion for strait, made by strait --completion bash\n"
	      "_strait()\n{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	      "\tCOMPREPLY=()\n"
	      "\tcase $prev in\n",
	    out);
	for (const struct option_row *row = option_table; row->key != KEY_NONE; row++) {
		if (row->argument == NULL)
			continue;
		fputc('\t', out);
		print_spellings(out, row, "");
		if (row->type == TYPE_CHOICE) {
			fputs(") mapfile -t COMPREPLY < <(compgen -W '", out);
			print_words(out, row->argument);
			fputs("' -- \"$cur\"); return ;;\n", out);
		} else {
			fputs(") return ;;\n", out);
		}
	}
	fputs("\tesac\n"
	      "\tif [[ $cur == -* ]]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W '",
	    out);
	for (const struct option_row *row = option_table; row->key != KEY_NONE; row++)
		if (option_shown(row))
			print_spellings(out, row, " ");
	fputs("' -- \"$cur\")\n"
	      "\telif [[ \" ${COMP_WORDS[*]} \" =~ \\ (-[a-zA-Z0-9]*U|--unixsock) ]]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	      "\telse\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -A hostname -- \"$cur\")\n"
	      "\tfi\n"
	      "}\n"
	      "complete -F _strait strait\n",
	    out);
}

/* One line of zsh's _arguments for each spelling of an option. */
static void
zsh_spelling(FILE *out, const struct option_row *row, const char *dashes, const char *name)
{
	fprintf(out, "\t'%s%s%s[", row->type == TYPE_COUNT ? "*" : "", dashes, name);
	print_quoted(out, row->help, "[]:\\");
	fputc(']', out);
	if (row->argument != NULL) {
		fputs(":value:", out);
		if (row->type == TYPE_CHOICE) {
			fputc('(', out);
			print_words(out, row->argument);
			fputc(')', out);
		}
	}
	fputs("' \\\n", out);
}

static void
complete_zsh(FILE *out)
{
	fputs("#compdef strait\n# zsh completion for strait, made by strait --completion zsh\n"
	      "_arguments -s -S \\\n",
	    out);
	for (const struct option_row *row = option_table; row->key != KEY_NONE; row++) {
		const char letter[] = {(char)row->key, '\0'};

		if (!option_shown(row))
			continue;
		if (row->key < KEY_SEQPACKET)
			zsh_spelling(out, row, "-", letter);
		if (row->name != NULL)
			zsh_spelling(out, row, "--", row->name);
	}
	fputs("\t'1:host or path:_alternative \"hosts:host:_hosts\" \"files:path:_files\"' \\\n"
	      "\t'2:port:'\n",
	    out);
}

static void
complete_fish(FILE *out)
{
	fputs("# fish completion for strait, made by strait --completion fish\n"
	      "complete -c strait -f -a '(__fish_print_hostnames)'\n"
	      "complete -c strait -n '__fish_contains_opt -s U unixsock' -F\n",
	    out);
	for (const struct option_row *row = option_table; row->key != KEY_NONE; row++) {
		if (!option_shown(row))
			continue;
		fputs("complete -c strait", out);
		if (row->key < KEY_SEQPACKET)
			fprintf(out, " -s %c", row->key);
		if (row->name != NULL)
			fprintf(out, " -l %s", row->name);
		if (row->argument != NULL)
			fputs(" -x", out);
		if (row->type == TYPE_CHOICE) {
			fputs(" -a '", out);
			print_words(out, row->argument);
			fputc('\'', out);
		}
		fputs(" -d '", out);
		print_escaped(out, row->help, "'\\");
		fputs("'\n", out);
	}
}

void
about_completion(FILE *out, const char *shell)
{
	static const struct {
		const char *shell;
		void (*print)(FILE *);
	} shells[] = {
	    {"bash", complete_bash},
	    {"zsh", complete_zsh},
	    {"fish", complete_fish},
	};

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (strcmp(shell, shells[i].shell) == 0)
			shells[i].print(out);
}
