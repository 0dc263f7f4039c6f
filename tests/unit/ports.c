/* Lists of ports as users write them. */
#include "codec/ports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int
find(void *arg, const char *name)
{
	static const struct {
		const char *name;
		int port;
	} services[] = {
	    {"http", 80}, {"http-alt", 8080}, {"zero", 0}, {"0mq", 65535}, {"99999", 7}};

	assert_string_equal(arg, "argument");
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (strcmp(name, services[i].name) == 0)
			return services[i].port;
	return -1;
}

/* Whether text is these ports, in order, which a 0 behind the last ends if there are fewer. */
#define LISTED 8
static void
check(const char *text, uint16_t min, size_t count, const int listed[LISTED])
{
	struct ports ports;
	const char *bad;
	size_t len;
	int port = -1;

	memset(&ports, 0xff, sizeof(ports));
	assert_true(ports_parse(&ports, text, min, find, "argument", &bad, &len));
	assert_int_equal(ports.count, count);
	for (size_t i = 0; i < count && i < LISTED; i++) {
		port = ports_next(&ports, port + 1);
		assert_int_equal(port, listed[i]);
		assert_true(ports_has(&ports, (uint16_t)port));
	}
	for (size_t i = LISTED; i < count; i++) {
		port = ports_next(&ports, port + 1);
		assert_true(port > 0);
	}
	assert_int_equal(ports_next(&ports, port + 1), -1);
}

static void
ports_are_numbers_names_and_ranges(void **state)
{
	(void)state;
	check("80", 1, 1, (int[LISTED]){80});
	check("65535", 1, 1, (int[LISTED]){65535});
	check("00080", 1, 1, (int[LISTED]){80});
	check("http", 1, 1, (int[LISTED]){80});
	check("20-25,80", 1, 7, (int[LISTED]){20, 21, 22, 23, 24, 25, 80});
	check("80,http-alt,22", 1, 3, (int[LISTED]){22, 80, 8080});
	check("1-65535", 1, 65535, (int[LISTED]){1, 2, 3, 4, 5, 6, 7, 8});
	check("0-65535", 0, 65536, (int[LISTED]){0, 1, 2, 3, 4, 5, 6, 7});
	check("7-7", 1, 1, (int[LISTED]){7});
	check("65535-65534", 1, 2, (int[LISTED]){65534, 65535});
}

static void
a_range_may_be_turned_round(void **state)
{
	(void)state;
	check("25-20", 1, 6, (int[LISTED]){20, 21, 22, 23, 24, 25});
}

static void
names_may_have_dashes_and_digits(void **state)
{
	(void)state;
	check("http-alt", 1, 1, (int[LISTED]){8080});
	check("0mq", 1, 1, (int[LISTED]){65535});
}

static void
a_port_counts_once(void **state)
{
	(void)state;
	check("80,80,http,79-81,80-80", 1, 3, (int[LISTED]){79, 80, 81});
}

static void
port_0_is_one_where_it_is_allowed(void **state)
{
	(void)state;
	check("0", 0, 1, (int[LISTED]){0});
	check("0-2", 0, 3, (int[LISTED]){0, 1, 2});
	check("zero", 0, 1, (int[LISTED]){0});
}

/* Whether text is refused for the part that begins at byte at and is len long. */
static void
refuse(const char *text, uint16_t min, size_t at, size_t len)
{
	struct ports ports;
	const char *bad = NULL;
	size_t bad_len = 999;

	assert_false(ports_parse(&ports, text, min, find, "argument", &bad, &bad_len));
	assert_ptr_equal(bad, text + at);
	assert_int_equal(bad_len, len);
}

static void
anything_else_is_refused_with_the_part_that_is_wrong(void **state)
{
	(void)state;
	refuse("", 1, 0, 0);
	refuse("", 0, 0, 0);
	refuse(",", 1, 0, 0);
	refuse("80,", 1, 3, 0);
	refuse(",80", 1, 0, 0);
	refuse("80,,81", 1, 3, 0);
	refuse("-5", 1, 0, 2);
	refuse("-5", 0, 0, 2);
	refuse("5-", 1, 0, 2);
	refuse("-", 1, 0, 1);
	refuse("5--7", 1, 0, 4);
	refuse("5-6-7", 1, 0, 5);
	refuse("80-http", 1, 0, 7);
	refuse("http-80", 1, 0, 7);
	refuse("0", 1, 0, 1);
	refuse("0-5", 1, 0, 3);
	refuse("5-0", 1, 0, 3);
	refuse("zero", 1, 0, 4);
	refuse("80,65536,81", 1, 3, 5);
	refuse("65535-65536", 1, 0, 11);
	refuse("99999999999999999999", 0, 0, 20);
	/* Also where a service is called that. */
	refuse("99999", 1, 0, 5);
	refuse("80,gopher", 1, 3, 6);
	refuse("80, 81", 1, 3, 3);
	refuse("80 ", 1, 0, 3);
	refuse("+80", 1, 0, 3);
	refuse("0x50", 1, 0, 4);
	refuse("20-2\n5", 1, 0, 6);
}

static void
parts_that_are_too_long_are_refused(void **state)
{
	char text[300] = "80,";

	(void)state;
	for (size_t len = 1; len < sizeof(text) - 3; len++) {
		memset(text + 3, 'x', len);
		text[3 + len] = '\0';
		refuse(text, 1, 3, len);
		text[3 + len] = ',';
		text[4 + len < sizeof(text) ? 4 + len : 3 + len] = '\0';
		refuse(text, 1, 3, len);
	}
	/* ... before anybody is asked about them. */
	memset(text, '0', sizeof(text));
	memcpy(text + 62, "1", 2);
	check(text, 1, 1, (int[LISTED]){1});
	memset(text, '0', sizeof(text));
	memcpy(text + 63, "1", 2);
	refuse(text, 1, 0, 64);
}

static void
without_services_there_are_no_names(void **state)
{
	struct ports ports;
	const char *bad;
	size_t len;

	(void)state;
	assert_false(ports_parse(&ports, "http", 1, NULL, NULL, &bad, &len));
	assert_true(ports_parse(&ports, "1-3", 1, NULL, NULL, &bad, &len));
	assert_int_equal(ports.count, 3);
}

static void
the_next_port_is_not_below(void **state)
{
	struct ports ports;
	const char *bad;
	size_t len;

	(void)state;
	assert_true(ports_parse(&ports, "7,9,65535", 1, NULL, NULL, &bad, &len));
	assert_int_equal(ports_next(&ports, 0), 7);
	assert_int_equal(ports_next(&ports, 7), 7);
	assert_int_equal(ports_next(&ports, 8), 9);
	assert_int_equal(ports_next(&ports, 10), 65535);
	assert_int_equal(ports_next(&ports, 65535), 65535);
	assert_int_equal(ports_next(&ports, PORTS_MAX), -1);
	assert_false(ports_has(&ports, 8));
	assert_true(ports_has(&ports, 65535));
}

static void
ports_come_and_go_one_by_one(void **state)
{
	struct ports ports = {0};

	(void)state;
	ports_add(&ports, 0);
	ports_add(&ports, 65535);
	ports_add(&ports, 8);
	ports_add(&ports, 8);
	assert_int_equal(ports.count, 3);
	ports_remove(&ports, 9);
	assert_int_equal(ports.count, 3);
	ports_remove(&ports, 8);
	ports_remove(&ports, 8);
	assert_int_equal(ports.count, 2);
	assert_false(ports_has(&ports, 8));
	assert_int_equal(ports_next(&ports, 1), 65535);
	ports_remove(&ports, 65535);
	ports_remove(&ports, 0);
	assert_int_equal(ports.count, 0);
	assert_int_equal(ports_next(&ports, 0), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ports_are_numbers_names_and_ranges),
	    cmocka_unit_test(a_range_may_be_turned_round),
	    cmocka_unit_test(names_may_have_dashes_and_digits),
	    cmocka_unit_test(a_port_counts_once),
	    cmocka_unit_test(port_0_is_one_where_it_is_allowed),
	    cmocka_unit_test(anything_else_is_refused_with_the_part_that_is_wrong),
	    cmocka_unit_test(parts_that_are_too_long_are_refused),
	    cmocka_unit_test(without_services_there_are_no_names),
	    cmocka_unit_test(the_next_port_is_not_below),
	    cmocka_unit_test(ports_come_and_go_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
