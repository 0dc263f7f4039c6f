#include "cli/parse.h"

#include <getopt.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/number.h"
#include "cli/table.h"

#define ROWS_MAX 128
#define OPERANDS_MAX 2

/* What the command line held, before it is checked as a whole. */
struct line {
	bool seen[ROWS_MAX]; /* the rows of the table that were given */
	const char *operands[OPERANDS_MAX];
	int count; /* of operands, also of those beyond the most */
};

/* The spelling that getopt_long(3) wants of the table. Text is long enough for two signs a row. */
static void
getopt_tables(char *text, struct option *options)
{
	size_t used = 0;

	/* Operands are handed over where they stand; a missing argument is told apart. */
	text[used++] = '-';
	text[used++] = ':';
	for (const struct option_row *row = option_table; row->key != KEY_NONE; row++) {
		if (row->key <= UCHAR_MAX) {
			text[used++] = (char)row->key;
			if (row->argument != NULL)
				text[used++] = ':';
		}
		if (row->name != NULL)
			*options++ = (struct option){
			    .name = row->name,
			    .has_arg = row->argument != NULL ? required_argument : no_argument,
			    .val = row->key,
			};
	}
	text[used] = '\0';
	*options = (struct option){0};
}

/* A value that an option does not take, and what it does take. */
static bool
refuse(struct error *err, const struct option_row *row, const char *value, const char *why)
{
	const bool duration = row->type == TYPE_DURATION;
	char name[32];

	option_spelling(name, row);
	if (row->type == TYPE_CHOICE)
		return error_set(
		    err, FAULT_LOCAL, "%s %s: not one of %s", name, value, row->argument);
	if (duration)
		return error_set(err, FAULT_LOCAL,
		    "%s %s: %s: a time is allowed, such as 2, 0.5, 250ms, 10m or 1h", name, value,
		    why);
	return error_set(err, FAULT_LOCAL, "%s %s: %s: a number from %lld%s is allowed", name,
	    value, why, row->min, row->max == LLONG_MAX ? " on" : "");
}

static bool
store_duration(int64_t *out, const struct option_row *row, const char *value, struct error *err)
{
	const bool negative = value[0] == '-' && row->min < 0;
	const char *why;
	int64_t time;

	if (!duration_parse(&time, value + negative, &why))
		return refuse(err, row, value, why);
	if (negative)
		time = -time;
	if (time < row->min)
		return refuse(err, row, value, "too small");
	*out = time;
	return true;
}

/* Whether value is one of the words that '|' separates. */
static bool
is_choice(const char *words, const char *value)
{
	const size_t len = strlen(value);

	for (const char *word = words; word != NULL; word = strchr(word, '|')) {
		word += *word == '|';
		if (strncmp(word, value, len) == 0 && (word[len] == '|' || word[len] == '\0'))
			return len > 0;
	}
	return false;
}

/* Puts the value of an option where its row says. */
static bool
store(struct options *o, const struct option_row *row, const char *value, struct error *err)
{
	void *field = (char *)o + row->offset;
	const char *why;

	switch (row->type) {
	case TYPE_FLAG:
		*(bool *)field = true;
		return true;
	case TYPE_COUNT:
		++*(int *)field;
		return true;
	case TYPE_NUMBER:
		return number_parse(field, value, row->min, row->max, &why) ||
		       refuse(err, row, value, why);
	case TYPE_DURATION:
		return store_duration(field, row, value, err);
	case TYPE_CHOICE:
		if (!is_choice(row->argument, value))
			return refuse(err, row, value, "unknown");
		break;
	case TYPE_TEXT:
		break;
	}
	*(const char **)field = value;
	return true;
}

/* What getopt_long could make nothing of. word is where it stands in argv. */
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
	return error_set(err, FAULT_LOCAL, "%s: no such option", word);
}

static void
add_operand(struct line *line, const char *operand)
{
	if (line->count < OPERANDS_MAX)
		line->operands[line->count] = operand;
	line->count++;
}

static bool
read_words(struct options *o, struct line *line, int argc, char *argv[], struct error *err)
{
	char letters[2 * ROWS_MAX + 3];
	struct option options[ROWS_MAX + 1];
	const struct option_row *row;
	int key;

	getopt_tables(letters, options);
	opterr = 0;
	while ((key = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		if (key == 1) {
			add_operand(line, optarg);
			continue;
		}
		row = key == '?' || key == ':' ? NULL : option_find(key);
		if (row == NULL)
			return refuse_word(err, key, argv[optind - 1]);
		if (!store(o, row, optarg, err))
			return false;
		line->seen[row - option_table] = true;
	}
	for (; optind < argc; optind++)
		add_operand(line, argv[optind]);
	return true;
}

static bool
was_seen(const struct line *line, int key)
{
	return line->seen[option_find(key) - option_table];
}

/* "-u or --seqpacket", into buf. */
static const char *
join_keys(char *buf, size_t size, const int keys[KEYS])
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

/* What a row of the table needs and excludes. */
static bool
check_row(const struct line *line, const struct option_row *row, struct error *err)
{
	bool found = row->needs[0] == KEY_NONE;
	char name[32], other[32], list[128];

	option_spelling(name, row);
	for (int i = 0; i < KEYS && row->needs[i] != KEY_NONE; i++)
		found = found || was_seen(line, row->needs[i]);
	if (!found)
		return error_set(err, FAULT_LOCAL, "%s needs %s", name,
		    join_keys(list, sizeof(list), row->needs));
	for (int i = 0; i < KEYS && row->excludes[i] != KEY_NONE; i++)
		if (was_seen(line, row->excludes[i]))
			return error_set(err, FAULT_LOCAL, "%s and %s exclude each other", name,
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

/* The number of a port or service. */
static bool
find_port(struct options *o, struct error *err)
{
	const char *protocol = o->datagrams ? "udp" : "tcp";
	const uint16_t min = o->listen ? 0 : 1;
	const struct servent *service = NULL;
	const char *why;

	if (port_parse(&o->port_number, o->port, min, &why))
		return true;
	if (!number_digits(o->port) && !o->numeric)
		service = getservbyname(o->port, protocol);
	if (service == NULL)
		return error_set(err, FAULT_LOCAL,
		    "port %s: a number from %u to 65535%s is allowed", o->port, min,
		    o->numeric ? "" : " or the name of a service");
	o->port_number = ntohs((uint16_t)service->s_port);
	return true;
}

static bool
is_port(const struct options *o, const char *text)
{
	return number_digits(text) ||
	       (!o->numeric && getservbyname(text, o->datagrams ? "udp" : "tcp") != NULL);
}

/* Gives an operand to host or port; false if that has come as an option already. */
static bool
place(const char **field, const char *operand, const char *what, struct error *err)
{
	if (*field != NULL)
		return error_set(err, FAULT_LOCAL, "%s: the %s was given twice: %s and %s", operand,
		    what, *field, operand);
	*field = operand;
	return true;
}

static bool
place_path(struct options *o, const struct line *line, struct error *err)
{
	struct address address;
	size_t max;

	if (line->count != 1)
		return error_set(
		    err, FAULT_LOCAL, "-U needs one operand, the path, not %d", line->count);
	o->path = line->operands[0];
	if (address_local(&address, o->path, &max))
		return true;
	if (max == 0)
		return error_set(
		    err, FAULT_LOCAL, "%s: abstract names are not of this build", o->path);
	if (strlen(o->path) > max)
		return error_set(
		    err, FAULT_LOCAL, "%s: the path is too long: at most %zu bytes", o->path, max);
	return error_set(err, FAULT_LOCAL, "'%s': the path is empty", o->path);
}

static bool
place_listening(struct options *o, const struct line *line, struct error *err)
{
	const char *one = line->operands[0], *two = line->operands[1];
	bool placed = true;

	if (line->count == 2)
		placed = place(&o->host, one, "address", err) && place(&o->port, two, "port", err);
	else if (line->count == 1 && is_port(o, one))
		placed = place(&o->port, one, "port", err);
	else if (line->count == 1)
		placed = place(&o->host, one, "address", err);
	if (o->port == NULL)
		o->port = "0";
	return placed && find_port(o, err);
}

static bool
place_operands(struct options *o, const struct line *line, struct error *err)
{
	if (o->local)
		return place_path(o, line, err);
	if (line->count > OPERANDS_MAX)
		return error_set(err, FAULT_LOCAL,
		    "too many operands: %d, at most a host and a port", line->count);
	if (o->listen)
		return place_listening(o, line, err);
	if (line->count != OPERANDS_MAX)
		return error_set(err, FAULT_LOCAL, "a host and a port are needed to connect");
	o->host = line->operands[0];
	o->port = line->operands[1];
	return find_port(o, err);
}

/* -w stands for both of its halves, where they have not been given. */
static void
settle_times(struct options *o)
{
	if (o->wait == DURATION_UNSET)
		o->wait = o->timeout;
	if (o->idle == DURATION_UNSET)
		o->idle = o->timeout;
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
	    .no_splice = getenv("STRAIT_NO_SPLICE") != NULL,
	};
	if (!read_words(o, &line, argc, argv, err))
		return false;
	if (o->help || o->version || o->completion != NULL)
		return true;
	if (!check_rows(&line, err) || !place_operands(o, &line, err))
		return false;
	settle_times(o);
	return true;
}
