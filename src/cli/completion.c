#include <string.h>

#include "base/traffic.h"
#include "cli/about.h"
#include "cli/table.h"

#define CONGESTION "cat /proc/sys/net/ipv4/tcp_available_congestion_control 2>/dev/null"
#define SERVICES "getent services 2>/dev/null | string split -f 1 \" \""

/* What each shell offers for a value: arguments of bash's compgen, a zsh action, fish options. */
static const struct {
	const char *bash, *zsh, *fish;
} offers[VALUES_COUNT] = {
    [VALUES_FILES] = {"-f", "_files", "-F"},
    [VALUES_COMMANDS] = {"-c", "_command_names", "-f -a '(__fish_complete_command)'"},
    [VALUES_INTERFACES] = {"-W \"$(ls /sys/class/net 2>/dev/null)\"", "_net_interfaces",
	"-f -a '(__fish_print_interfaces)'"},
    [VALUES_CONGESTION] = {"-W \"$(" CONGESTION ")\"", "{compadd $(" CONGESTION ")}",
	"-f -a '(" CONGESTION " | string split \" \")'"},
    [VALUES_SERVICES] = {"-A service", "_ports", "-f -a '(" SERVICES ")'"},
};

/* Prints text with a backslash before each character of special, and newlines as spaces. */
static void
print_escaped(FILE *out, const char *text, const char *special)
{
	for (; *text != '\0'; text++) {
		if (strchr(special, *text) != NULL)
			fputc('\\', out);
		fputc(*text == '\n' ? ' ' : *text, out);
	}
}

/* The same inside single quotes of zsh, where a single quote cannot be escaped. */
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

/* Whether a row's values are the words of its argument. */
static bool
has_words(const struct option_row *row)
{
	return row->type == TYPE_CHOICE || row->type == TYPE_WORD;
}

/* If a row's values are a list of words, prints them separated by spaces and returns true. */
static bool
print_list(FILE *out, const struct option_row *row, const char *before, const char *behind)
{
	const char *name;

	if (!has_words(row) && row->type != TYPE_CLASS)
		return false;
	fputs(before, out);
	if (has_words(row))
		print_words(out, row->argument);
	else
		for (size_t i = 0; (name = traffic_class_name(i)) != NULL; i++)
			fprintf(out, "%s%s", i > 0 ? " " : "", name);
	fputs(behind, out);
	return true;
}

/* The spellings of a row, "-w" and "--wait", each after the separator. */
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

/* A case that completes a row's value. An optional value only follows '='. */
static void
bash_value(FILE *out, const struct option_row *row)
{
	static const char before[] = "mapfile -t COMPREPLY < <(compgen ";
	static const char behind[] = " -- \"$cur\"); ";

	fputc('\t', out);
	if (!option_may_lack_value(row))
		print_spellings(out, row, "");
	if (row->name != NULL)
		fprintf(out, "%s--%s=", option_may_lack_value(row) ? "" : "|", row->name);
	fputs(") ", out);
	if (row->values != VALUES_NONE)
		fprintf(out, "%s%s%s", before, offers[row->values].bash, behind);
	else if (has_words(row) || row->type == TYPE_CLASS)
		fprintf(out, "%s-W ", before);
	if (print_list(out, row, "'", "'"))
		fputs(behind, out);
	fputs("return ;;\n", out);
}

static void
complete_bash(FILE *out)
{
	fputs("# bash completion for strait, made by strait --completion bash\n"
	      "_strait()\n{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	      "\tCOMPREPLY=()\n"
	      "\tif [[ $cur == '=' ]]; then\n\t\tprev+='=' cur=''\n"
	      "\telif [[ $prev == '=' ]]; then\n\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}=\n\tfi\n"
	      "\tcase $prev in\n",
	    out);
	for (const struct option_row *row = option_table; row->key != KEY_NONE; row++)
		if (row->argument != NULL)
			bash_value(out, row);
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
	      "\t\tmapfile -t COMPREPLY < <(compgen -A hostname -A service -- \"$cur\")\n"
	      "\tfi\n"
	      "}\n"
	      "complete -F _strait strait\n",
	    out);
}

/* One line of zsh's _arguments for each spelling of an option. */
static void
zsh_spelling(FILE *out, const struct option_row *row, const char *dashes, const char *name)
{
	const bool again = row->type == TYPE_COUNT || row->type == TYPE_ACCESS;
	const bool lacking = option_may_lack_value(row), takes = row->argument != NULL;

	/* The value of a long name may follow '='; an optional value can only follow it. */
	fprintf(out, "\t'%s%s%s%s[", again ? "*" : "", dashes, name,
	    lacking                     ? "=-"
	    : takes && dashes[1] == '-' ? "="
					: "");
	print_quoted(out, row->help, "[]:\\");
	fputc(']', out);
	if (takes)
		fputs(lacking ? "::value:" : ":value:", out);
	if (row->values != VALUES_NONE)
		fputs(offers[row->values].zsh, out);
	(void)print_list(out, row, "(", ")");
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
	fputs("\t'1:host or path: _alternative \"hosts:host:_hosts\" \"files:path:_files\" "
	      "\"ports:port:_ports\"' \\\n"
	      "\t'2:port:_ports'\n",
	    out);
}

static void
complete_fish(FILE *out)
{
	fputs("# fish completion for strait, made by strait --completion fish\n"
	      "complete -c strait -f -a '(__fish_print_hostnames)'\n"
	      "complete -c strait -f -a '(" SERVICES ")'\n"
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
		if (row->argument != NULL && !option_may_lack_value(row))
			fputs(row->values != VALUES_NONE ? " -r " : " -x", out);
		if (row->values != VALUES_NONE)
			fputs(offers[row->values].fish, out);
		(void)print_list(out, row, " -a '", "'");
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
