#include "cli/value.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/traffic.h"
#include "codec/acl.h"
#include "codec/words.h"

/* The times that a row of the table accepts. */
static void
expected_times(char *buf, size_t size, const struct option_row *row)
{
	char least[32], most[32];

	if (row->max < DURATION_MAX)
		snprintf(buf, size, "a time from %s to %s", duration_text(least, row->min),
		    duration_text(most, row->max));
	else
		snprintf(buf, size, "a time%s%s, such as 2, 0.5, 250ms, 10m or 1h",
		    row->min > 0 ? " of at least " : "",
		    row->min > 0 ? duration_text(least, row->min) : "");
}

/* The values that a row of the table accepts, described in buf. */
static const char *
expected(char *buf, size_t size, const struct option_row *row)
{
	switch (row->type) {
	case TYPE_DURATION:
	case TYPE_PERIOD:
		expected_times(buf, size, row);
		break;
	case TYPE_SIZE:
		snprintf(buf, size, "a size from %lld to %lld, such as 4096, 64k or 1M", row->min,
		    row->max);
		break;
	case TYPE_PERMISSIONS:
		return "octal permissions, such as 600 or 0777";
	case TYPE_CLASS:
		return "lowdelay, throughput, reliability, lowcost, critical, inetcontrol, "
		       "netcontrol, ef, af11 to af43, cs0 to cs7, va, le or a number from 0 to 255";
	case TYPE_COMMAND:
		return "a program and its arguments";
	case TYPE_ACCESS:
		return "addresses, networks such as 10.0.0.0/8, names or uid:1000";
	case TYPE_CHOICE:
	case TYPE_WORD:
		snprintf(buf, size, "one of %s", row->argument);
		break;
	case TYPE_TEXT:
		snprintf(buf, size, "%s", row->argument);
		break;
	default:
		if (row->max == LLONG_MAX)
			snprintf(buf, size, "a number of at least %lld", row->min);
		else
			snprintf(buf, size, "a number from %lld to %lld", row->min, row->max);
	}
	return buf;
}

/* The most bytes of a value that a message shows. */
#define SHOWN 200

/* Rejects a value: names the option, why the value is wrong, and what is accepted. */
static bool
refuse(struct error *err, const struct option_row *row, const char *value, const char *why)
{
	char name[32], buf[128];

	return error_set(err, FAULT_LOCAL, "%s %.*s%s: %s: expected %s", option_spelling(name, row),
	    SHOWN, *value != '\0' ? value : "''", strlen(value) > SHOWN ? "..." : "", why,
	    expected(buf, sizeof(buf), row));
}

static bool
store_duration(int64_t *out, const struct option_row *row, const char *value, struct error *err)
{
	const bool negative = value != NULL && value[0] == '-' && row->min < 0;
	const char *why;
	int64_t time;

	if (value == NULL) {
		*out = CLOCK_NEVER;
		return true;
	}
	if (!duration_parse(&time, value + negative, &why))
		return refuse(err, row, value, why);
	if (negative)
		time = -time;
	if (time < row->min || time > row->max)
		return refuse(err, row, value, time < row->min ? "too small" : "too large");
	*out = time;
	return true;
}

/* Whether value is one of the words, which are separated by '|'. */
static bool
is_choice(const char *words, const char *value)
{
	const size_t len = strlen(value);

	for (const char *word = words; word != NULL; word = strchr(word, '|')) {
		word += *word == '|';
		if (strcspn(word, "|") == len && strncmp(word, value, len) == 0)
			return len > 0;
	}
	return false;
}

/* Checks that a command can be split into words. */
static bool
check_command(const struct option_row *row, const char *value, struct error *err)
{
	char room[COMMAND_MAX], *words[COMMAND_WORDS + 1];
	const char *why = "too long";

	if (strlen(value) < sizeof(room) && words_split(room, words, COMMAND_WORDS, value, &why))
		return true;
	return refuse(err, row, value, why);
}

/* Checks each word of an access list. */
static bool
check_list(const struct option_row *row, const char *value, struct error *err)
{
	const char *text = value, *word, *why;
	struct acl_entry entry;
	char copy[256];
	size_t len;
	bool any = false;

	for (; acl_word(&text, &word, &len); any = true)
		if (!acl_parse(&entry, word, len, &why)) {
			snprintf(copy, sizeof(copy), "%.*s", (int)len, word);
			return refuse(err, row, copy, why);
		}
	return any || refuse(err, row, value, "empty");
}

static bool
store_access(struct options *o, const struct option_row *row, const char *value, struct error *err)
{
	const bool file = row->min == ACCESS_ALLOWFILE || row->min == ACCESS_DENYFILE;

	/* In a file the rest of the line would be a comment; here it would be lost silently. */
	if (!file && strchr(value, '#') != NULL)
		return refuse(err, row, value, "'#' begins a comment only in a file");
	if (!file && !check_list(row, value, err))
		return false;
	if (o->access_count == ACCESS_RULES_MAX)
		return refuse(err, row, value, "too many lists");
	o->access[o->access_count++] = (struct access_rule){
	    .deny = row->min >= ACCESS_DENY,
	    .file = file,
	    .text = value,
	};
	return true;
}

bool
value_store(struct options *o, const struct option_row *row, const char *value, struct error *err)
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
	case TYPE_DESCRIPTOR:
		if (value == NULL) {
			*(long long *)field = INHERIT_MANAGED;
			return true;
		}
		/* FALLTHROUGH */
	case TYPE_NUMBER:
		return number_parse(field, value, row->min, row->max, &why) ||
		       refuse(err, row, value, why);
	case TYPE_SIZE:
		return size_parse(field, value, row->min, row->max, &why) ||
		       refuse(err, row, value, why);
	case TYPE_PERMISSIONS:
		return permissions_parse(field, value, &why) || refuse(err, row, value, why);
	case TYPE_CLASS:
		return traffic_class_parse(field, value) || refuse(err, row, value, "unknown");
	case TYPE_DURATION:
	case TYPE_PERIOD:
		return store_duration(field, row, value, err);
	case TYPE_ACCESS:
		return store_access(o, row, value, err);
	case TYPE_COMMAND:
		if (!check_command(row, value, err))
			return false;
		break;
	case TYPE_REFUSED:
		return error_set(err, FAULT_LOCAL, "-%c: %s", row->key, row->help);
	case TYPE_CHOICE:
	case TYPE_WORD:
		if (value == NULL)
			value = "";
		else if (!is_choice(row->argument, value))
			return refuse(err, row, value, "unknown");
		break;
	case TYPE_TEXT:
		if (strlen(value) < (size_t)row->min)
			return refuse(err, row, value, "empty");
		break;
	}
	*(const char **)field = value;
	return true;
}
