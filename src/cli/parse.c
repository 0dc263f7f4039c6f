#include "cli/parse.h"

#include <bsd/string.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/number.h"
#include "cli/digest_option.h"
#include "cli/operands.h"
#include "cli/table.h"
#include "cli/to_option.h"
#include "cli/value.h"
#include "cli/watch.h"
#include "mode/inherit.h"

#define ROWS_MAX 128

/* The command line, before it is checked as a whole. */
struct line {
	bool seen[ROWS_MAX]; /* the rows of the table that were given */
	struct operands operands;
};

static int
has_arg(const struct option_row *row)
{
	if (option_may_lack_value(row))
		return optional_argument;
	return row->argument != NULL ? required_argument : no_argument;
}

/* Converts the table for getopt_long(3). text has room for two characters a row, and three more. */
static void
getopt_tables(char *text, struct option *options)
{
	size_t used = 0;

	/* Report operands in their order, and a missing value with ":". */
	text[used++] = '-';
	text[used++] = ':';
	for (const struct option_row *row = option_table; row->key != KEY_NONE; row++) {
		if (row->key <= UCHAR_MAX) {
			text[used++] = (char)row->key;
			if (row->argument != NULL)
				text[used++] = ':';
		}
		/* A refused name must not make the abbreviation of another one ambiguous. */
		if (row->name != NULL && row->key != KEY_REFUSED)
			*options++ = (struct option){
			    .name = row->name,
			    .has_arg = has_arg(row),
			    .val = row->key,
			};
	}
	text[used] = '\0';
	*options = (struct option){0};
}

/* The row that refuses a long name; NULL if there is none. */
static const struct option_row *
find_refused(const char *name)
{
	for (const struct option_row *row = option_table; row->key != KEY_NONE; row++)
		if (row->key == KEY_REFUSED && strncmp(name, row->name, strlen(row->name)) == 0)
			return row;
	return NULL;
}

/* Rejects a long name that is unknown, refused, or an ambiguous abbreviation. */
static bool
refuse_name(struct error *err, const char *word)
{
	const struct option_row *refused = find_refused(word + 2);
	const size_t len = strcspn(word + 2, "=");
	char list[256] = "";
	int count = 0;

	if (refused != NULL)
		return error_set(err, FAULT_LOCAL, "%.*s: %s", (int)len + 2, word, refused->help);
	for (const struct option_row *row = option_table; row->key != KEY_NONE; row++)
		if (row->name != NULL && row->key != KEY_REFUSED &&
		    strncmp(row->name, word + 2, len) == 0) {
			strlcat(list, count++ > 0 ? ", --" : "--", sizeof(list));
			strlcat(list, row->name, sizeof(list));
		}
	if (count < 2)
		return error_set(err, FAULT_LOCAL, "%s: no such option", word);
	return error_set(err, FAULT_LOCAL, "%s: ambiguous: %s", word, list);
}

/* Reports what getopt_long(3) did not accept. word: the element of argv that contains it. */
static bool
refuse_word(struct error *err, int key, const char *word)
{
	const struct option_row *row = option_find(optopt);
	char name[32];

	if (row != NULL)
		option_spelling(name, row);
	if (key == ':')
		return error_set(err, FAULT_LOCAL, "%s needs a value: %s", name, row->argument);
	if (row != NULL)
		return error_set(err, FAULT_LOCAL, "%s: --%s takes no value", word, row->name);
	if (optopt != 0)
		return error_set(err, FAULT_LOCAL, "-%c: no such option", optopt);
	return refuse_name(err, word);
}

/* before: the option directly before the operand, if it was given without its optional value. */
static void
add_operand(struct operands *given, const char *operand, const struct option_row *before)
{
	if (before != NULL) {
		given->maybe = before;
		given->maybe_value = given->count;
	}
	if (given->count < OPERANDS_MAX)
		given->list[given->count] = operand;
	given->count++;
}

static bool
read_words(struct options *o, struct line *line, int argc, char *argv[], struct error *err)
{
	char letters[2 * ROWS_MAX + 3];
	struct option options[ROWS_MAX + 1];
	const struct option_row *row, *last = NULL;
	int key;

	getopt_tables(letters, options);
	opterr = 0;
	while ((key = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		if (key == 1) {
			add_operand(&line->operands, optarg, last);
			last = NULL;
			continue;
		}
		row = key == '?' || key == ':' ? NULL : option_find(key);
		if (row == NULL)
			return refuse_word(err, key, argv[optind - 1]);
		if (!value_store(o, row, optarg, err))
			return false;
		line->seen[row - option_table] = true;
		last = option_may_lack_value(row) && optarg == NULL ? row : NULL;
	}
	for (; optind < argc; optind++)
		add_operand(&line->operands, argv[optind], NULL);
	return true;
}

static bool
was_seen(const struct line *line, int key)
{
	return line->seen[option_find(key) - option_table];
}

/* "-u or --seqpacket". Returns buf. */
static const char *
join_keys(char *buf, size_t size, const short keys[KEYS])
{
	char name[32];
	size_t used = 0;

	buf[0] = '\0';
	for (int i = 0; i < KEYS && keys[i] != KEY_NONE; i++) {
		option_spelling(name, option_find(keys[i]));
		used +=
		    (size_t)snprintf(buf + used, size - used, "%s%s", i > 0 ? " or " : "", name);
	}
	return buf;
}

/* Whether one of the keys was given, or the list is empty. */
static bool
needs_met(const struct line *line, const short keys[KEYS])
{
	for (int i = 0; i < KEYS && keys[i] != KEY_NONE; i++)
		if (was_seen(line, keys[i]))
			return true;
	return keys[0] == KEY_NONE;
}

/* Checks what a row of the table needs and excludes. */
static bool
check_row(const struct line *line, const struct option_row *row, struct error *err)
{
	const bool first = !needs_met(line, row->needs);
	char name[32], other[32], list[128];

	option_spelling(name, row);
	if (first || !needs_met(line, row->needs_too))
		return error_set(err, FAULT_LOCAL, "%s needs %s", name,
		    join_keys(list, sizeof(list), first ? row->needs : row->needs_too));
	for (int i = 0; i < KEYS && row->excludes[i] != KEY_NONE; i++)
		if (was_seen(line, row->excludes[i]))
			return error_set(err, FAULT_LOCAL, "%s and %s cannot be combined", name,
			    option_spelling(other, option_find(row->excludes[i])));
	return true;
}

static bool
check_rows(const struct line *line, struct error *err)
{
	for (const struct option_row *row = option_table; row->key != KEY_NONE; row++)
		if (line->seen[row - option_table] && !check_row(line, row, err))
			return false;
	return true;
}

/* -4 and -6 apply to the addresses that are listened on, or to that of --to. */
static bool
check_families(const struct line *line, const struct options *o, struct error *err)
{
	const int key = o->ipv4 ? '4' : '6';
	const bool inherits = o->inherit != INHERIT_NOTHING;

	if ((!o->ipv4 && !o->ipv6) || (o->to.text != NULL && o->to.path == NULL))
		return true;
	return (!inherits && !was_seen(line, 'U')) ||
	       error_set(err, FAULT_LOCAL, "-%c and %s cannot be combined", key,
		   inherits ? "--inherit" : "-U");
}

/* Treats the domain and type of an inherited socket as if their options had been given. */
static bool
settle_inherited(struct line *line, struct options *o, struct error *err)
{
	static const int keys[] = {'U', 'u', KEY_SEQPACKET};
	char name[32];

	if (!check_row(line, option_find(KEY_INHERIT), err) || !check_families(line, o, err))
		return false;
	if (line->operands.count > 0)
		return error_set(err, FAULT_LOCAL,
		    "%s: with --inherit the socket has an address already", line->operands.list[0]);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (was_seen(line, keys[i]))
			return error_set(err, FAULT_LOCAL, "%s and --inherit cannot be combined",
			    option_spelling(name, option_find(keys[i])));
	if (!inherit_find(o, err))
		return false;
	line->seen[option_find('U') - option_table] = o->inherited_local;
	line->seen[option_find('u') - option_table] = o->datagrams;
	line->seen[option_find(KEY_SEQPACKET) - option_table] = o->seqpacket;
	return true;
}

/* --retry is about connecting, which a listener does only with --to. */
static bool
check_connecting(const struct line *line, const struct options *o, struct error *err)
{
	return !o->listen || o->to.text != NULL || !was_seen(line, KEY_RETRY) ||
	       error_set(err, FAULT_LOCAL, "--retry and -l cannot be combined");
}

/* Checks that this system supports the settings, and that they can be combined. */
static bool
check_settings(struct options *o, struct error *err)
{
	struct group *group = &o->settings.multicast;

	if (!settings_check(&o->settings, o->md5, err) ||
	    (group->text != NULL && !group_parse(group, err)))
		return false;
	if (o->settings.mode >= 0 && o->path != NULL && o->path[0] == '@')
		return error_set(err, FAULT_LOCAL,
		    "--mode and %s cannot be combined: an abstract name has no permissions",
		    o->path);
	if (group->text == NULL || (!o->ipv4 && !o->ipv6))
		return true;
	return address_family(&group->address) == (o->ipv4 ? AF_INET : AF_INET6) ||
	       error_set(err, FAULT_LOCAL, "-%c and --multicast %s cannot be combined",
		   o->ipv4 ? '4' : '6', group->text);
}

/* A relay between two streams has no messages. */
static bool
check_messages(const struct line *line, const struct options *o, struct error *err)
{
	static const int keys[] = {KEY_LINES, KEY_DATAGRAM_SIZE};
	char name[32];

	if (options_type(o) != SOCK_STREAM || o->to.text == NULL || o->to.type != SOCK_STREAM)
		return true;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (was_seen(line, keys[i]))
			return error_set(err, FAULT_LOCAL, "%s needs -u or --seqpacket",
			    option_spelling(name, option_find(keys[i])));
	return true;
}

/* A client could join in the middle of a frame that goes to all. */
static bool
check_sharing(const struct options *o, struct error *err)
{
	return !o->keep_open || !o->frames || o->datagrams || options_command(o) ||
	       o->to.text != NULL ||
	       error_set(err, FAULT_LOCAL, "-k and --frames cannot be combined");
}

/* Without a program or relay, all senders of datagrams are one client. */
static bool
check_clients(const struct line *line, const struct options *o, struct error *err)
{
	return !was_seen(line, KEY_MAX_CONNS) || !o->datagrams || options_command(o) ||
	       o->to.text != NULL ||
	       error_set(err, FAULT_LOCAL, "--max-conns with -u needs -e or --sh-exec or --to");
}

/*
 * -w sets --wait and --idle-timeout, unless these were given. A listener without --to has nothing
 * to connect to, and waits for its first client without limit. With datagrams, -w 0 ends at the end
 * of input, without waiting for an answer, as scripts for nc expect.
 */
static bool
settle_times(struct options *o, struct error *err)
{
	const bool none = o->timeout == 0 && o->datagrams && !o->listen;
	char text[32];

	if (o->timeout != DURATION_UNSET && o->timeout < CLOCK_MS && !none)
		return error_set(err, FAULT_LOCAL,
		    "-w %s: too small: expected a time of at least 1ms (with -u, connecting, also "
		    "0)",
		    o->timeout == 0 ? "0" : duration_text(text, o->timeout));
	if (none) {
		o->timeout = DURATION_UNSET;
		if (o->quit == DURATION_UNSET)
			o->quit = 0;
	}
	if (o->wait == DURATION_UNSET && (!o->listen || o->to.text != NULL))
		o->wait = o->timeout;
	if (o->idle == DURATION_UNSET)
		o->idle = o->timeout;
	return true;
}

bool
options_parse(struct options *o, int argc, char *argv[], struct error *err)
{
	struct line line = {0};

	*o = (struct options){
	    .quit = DURATION_UNSET,
	    .timeout = DURATION_UNSET,
	    .wait = DURATION_UNSET,
	    .idle = DURATION_UNSET,
	    .retry = DURATION_UNSET,
	    .max_conns = MAX_CONNS_UNSET,
	    .inherit = INHERIT_NOTHING,
	    .settings = settings_none,
	    .no_splice = getenv("STRAIT_NO_SPLICE") != NULL,
	};
	if (!read_words(o, &line, argc, argv, err))
		return false;
	if (o->help || o->version || o->completion != NULL)
		return true;
	if (o->inherit != INHERIT_NOTHING && !settle_inherited(&line, o, err))
		return false;
	if (!check_rows(&line, err) || !check_connecting(&line, o, err) ||
	    !operands_place(o, &line.operands, err) ||
	    (o->to.text != NULL && !to_option_parse(o, err)) || !check_families(&line, o, err) ||
	    !check_sharing(o, err) || !check_clients(&line, o, err) ||
	    !check_messages(&line, o, err) || !check_settings(o, err) || !watch_check(o, err))
		return false;
	return digest_option_settle(o, err) && settle_times(o, err);
}
