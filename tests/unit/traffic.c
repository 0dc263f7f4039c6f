/* Traffic classes as users write them. */
#include "base/traffic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void
check(const char *text, long long expected)
{
	long long value = -7;

	assert_true(traffic_class_parse(&value, text));
	assert_int_equal(value, expected);
}

static void
refuse(const char *text)
{
	long long value = -7;

	assert_false(traffic_class_parse(&value, text));
	assert_int_equal(value, -7);
}

static void
the_keywords_are_those_of_nc(void **state)
{
	(void)state;
	check("lowdelay", 0x10);
	check("throughput", 0x08);
	check("reliability", 0x04);
	check("lowcost", 0x02);
	check("critical", 0xa0);
	check("inetcontrol", 0xc0);
	check("netcontrol", 0xe0);
	check("ef", 0xb8);
	check("va", 0xb0);
	check("le", 0x04);
}

/* RFC 2474: a class in the upper three bits; RFC 2597: a class, and 1 to 3 for what is dropped. */
static void
classes_stand_in_the_upper_bits(void **state)
{
	char name[8];

	(void)state;
	for (int class = 0; class <= 7; class ++) {
		snprintf(name, sizeof(name), "cs%d", class);
		check(name, class << 5);
	}
	for (int class = 1; class <= 4; class ++)
		for (int drop = 1; drop <= 3; drop++) {
			snprintf(name, sizeof(name), "af%d%d", class, drop);
			check(name, class << 5 | drop << 3);
		}
}

static void
capitals_are_the_same(void **state)
{
	(void)state;
	check("EF", 0xb8);
	check("AF41", 0x88);
	check("Lowdelay", 0x10);
}

static void
numbers_are_decimal_or_hexadecimal(void **state)
{
	char text[16];

	(void)state;
	for (int value = 0; value <= 255; value++) {
		snprintf(text, sizeof(text), "%d", value);
		check(text, value);
		snprintf(text, sizeof(text), "0x%x", (unsigned)value);
		check(text, value);
		snprintf(text, sizeof(text), "0X%02X", (unsigned)value);
		check(text, value);
	}
	check("010", 10);
	check("0x0a", 10);
}

static void
anything_else_is_refused(void **state)
{
	static const char *const texts[] = {"", "256", "0x100", "999", "0xfff", "1000", "-1", "+1",
	    " 1", "1 ", "0x", "x", "0x1g", "1f", "1.0", "99999999999999999999", "e", "eff", "cs",
	    "cs8", "cs-1", "af", "af10", "af14", "af51", "af1", "af411", "ef ", " ef", "low",
	    "lowdelay,ef"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		refuse(texts[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_keywords_are_those_of_nc),
	    cmocka_unit_test(classes_stand_in_the_upper_bits),
	    cmocka_unit_test(capitals_are_the_same),
	    cmocka_unit_test(numbers_are_decimal_or_hexadecimal),
	    cmocka_unit_test(anything_else_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
