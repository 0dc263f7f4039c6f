#include "base/number.h"

#include <bsd/libutil.h>
#include <bsd/stdlib.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
number_digits(const char *text)
{
	return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

bool
number_parse(long long *out, const char *text, long long min, long long max, const char **why)
{
	const char *digits = text + (min < 0 && *text == '-');
	long long value;

	/* strtonum(3) accepts white space and a plus sign, which are typing errors here. */
	*why = "invalid";
	if (!number_digits(digits))
		return false;
	value = strtonum(text, min, max, why);
	if (*why != NULL)
		return false;
	*out = value;
	return true;
}

/* The length of a unit in nanoseconds; 0 if there is no such unit. */
static int64_t
unit_scale(const char *unit)
{
	static const struct {
		const char *name;
		int64_t scale;
	} units[] = {
	    {"", CLOCK_S},
	    {"ms", CLOCK_MS},
	    {"s", CLOCK_S},
	    {"m", 60 * CLOCK_S},
	    {"h", 3600 * CLOCK_S},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(unit, units[i].name) == 0)
			return units[i].scale;
	return 0;
}

bool
duration_parse(int64_t *out, const char *text, const char **why)
{
	const size_t whole = strspn(text, "0123456789");
	const char *fraction = text + whole + (text[whole] == '.');
	const size_t digits = text[whole] == '.' ? strspn(fraction, "0123456789") : 0;
	const int64_t scale = unit_scale(fraction + digits);
	int64_t value = 0, step = scale;

	*why = "invalid";
	if (scale == 0 || (text[whole] == '.' ? digits : whole) == 0)
		return false;
	*why = "too large";
	for (size_t i = 0; i < whole; i++) {
		value = value * 10 + (text[i] - '0');
		if (value > DURATION_MAX / scale)
			return false;
	}
	value *= scale;
	for (size_t i = 0; i < digits && step > 0; i++) {
		step /= 10;
		value += (fraction[i] - '0') * step;
	}
	*out = value;
	return true;
}

char *
duration_text(char buf[static 32], int64_t duration)
{
	const double seconds = (double)duration / (double)CLOCK_S;

	if (duration < CLOCK_S)
		snprintf(buf, 32, "%.9gms", seconds * 1000);
	else
		snprintf(buf, 32, "%.9gs", seconds);
	return buf;
}

bool
size_parse(long long *out, const char *text, long long min, long long max, const char **why)
{
	const size_t digits = strspn(text, "0123456789");
	const char *unit = text + digits;
	uint64_t value;

	/* expand_number(3) also accepts other units, signs, white space and octal numbers. */
	*why = "invalid";
	if (digits == 0 || (*unit != '\0' && (strchr("kKmMgG", *unit) == NULL || unit[1] != '\0')))
		return false;
	while (text[0] == '0' && text + 1 < unit)
		text++;
	*why = "too large";
	if (expand_number(text, &value) == -1 || value > (uint64_t)max)
		return false;
	*why = "too small";
	if (value < (uint64_t)min)
		return false;
	*out = (long long)value;
	return true;
}

static int64_t
clamp(uint64_t bytes)
{
	return bytes > INT64_MAX ? INT64_MAX : (int64_t)bytes;
}

char *
size_text(char buf[static 16], uint64_t bytes)
{
	(void)humanize_number(
	    buf, 8, clamp(bytes), "B", HN_AUTOSCALE, HN_DECIMAL | HN_IEC_PREFIXES);
	return buf;
}

char *
size_text_short(char buf[static 16], uint64_t bytes)
{
	(void)humanize_number(buf, 5, clamp(bytes), "", HN_AUTOSCALE, HN_DECIMAL | HN_NOSPACE);
	return buf;
}

char *
elapsed_text(char buf[static 32], int64_t duration)
{
	const long long seconds = duration / CLOCK_S;
	const int minutes = (int)(seconds / 60 % 60), rest = (int)(seconds % 60);

	if (duration == CLOCK_NEVER)
		snprintf(buf, 32, "-:--");
	else if (seconds < 3600)
		snprintf(buf, 32, "%d:%02d", minutes, rest);
	else
		snprintf(buf, 32, "%lld:%02d:%02d", seconds / 3600, minutes, rest);
	return buf;
}

bool
permissions_parse(long long *out, const char *text, const char **why)
{
	const size_t digits = strspn(text, "01234567");
	unsigned long long value;

	*why = "invalid";
	if (digits == 0 || text[digits] != '\0')
		return false;
	*why = "too large";
	value = strtoull(text, NULL, 8);
	if (value > 0777)
		return false;
	*out = (long long)value;
	return true;
}

bool
port_parse(uint16_t *out, const char *text, uint16_t min, const char **why)
{
	long long value;

	if (!number_parse(&value, text, min, UINT16_MAX, why))
		return false;
	*out = (uint16_t)value;
	return true;
}
