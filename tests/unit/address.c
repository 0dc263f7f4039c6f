/* Addresses as text, and unix paths as addresses. */
#include "base/address.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "open/resolve.h"

static struct address
ip(const char *host, uint16_t port)
{
	struct address address = {0};

	if (inet_pton(AF_INET, host, &address.to.ip4.sin_addr) == 1) {
		address.to.ip4.sin_family = AF_INET;
		address.len = sizeof(address.to.ip4);
	} else {
		assert_int_equal(inet_pton(AF_INET6, host, &address.to.ip6.sin6_addr), 1);
		address.to.ip6.sin6_family = AF_INET6;
		address.len = sizeof(address.to.ip6);
	}
	address_set_port(&address, port);
	return address;
}

static void
ip_addresses_are_host_and_port(void **state)
{
	struct address address = ip("127.0.0.1", 80);
	char text[ADDRESS_TEXT];

	(void)state;
	assert_string_equal(address_text(text, &address), "127.0.0.1 80");
	assert_string_equal(address_host(text, &address), "127.0.0.1");
	address = ip("2001:db8::1", 65535);
	assert_string_equal(address_text(text, &address), "2001:db8::1 65535");
	assert_int_equal(address_port(&address), 65535);
}

static void
mapped_addresses_are_shown_as_ipv4(void **state)
{
	const struct address address = ip("::ffff:192.0.2.7", 9);
	char text[ADDRESS_TEXT];

	(void)state;
	assert_string_equal(address_text(text, &address), "192.0.2.7 9");
}

static void
unix_names_are_made_visible(void **state)
{
	struct address address;
	char text[ADDRESS_TEXT], worst[256];
	size_t max;

	(void)state;
	assert_true(address_local(&address, "/tmp/a\033[31m b\n", &max));
	assert_string_equal(address_text(text, &address), "/tmp/a\\033[31m b\\n");
	memset(worst, '\001', sizeof(worst));
	worst[max] = '\0';
	assert_true(address_local(&address, worst, &max));
	assert_int_equal(strlen(address_text(text, &address)), 4 * max);
}

static void
paths_fill_the_field_and_no_more(void **state)
{
	struct address address;
	char path[256], text[ADDRESS_TEXT];
	size_t max;

	(void)state;
	memset(path, 'p', sizeof(path));
	path[sizeof(address.to.local.sun_path)] = '\0';
	assert_true(address_local(&address, path, &max));
	assert_int_equal(max, sizeof(address.to.local.sun_path));
	assert_int_equal(address.len, sizeof(struct sockaddr_un));
	assert_string_equal(address_text(text, &address), path);
	path[max] = 'p';
	path[max + 1] = '\0';
	assert_false(address_local(&address, path, &max));
	assert_false(address_local(&address, "", &max));
}

static void
abstract_names_begin_with_an_at_sign(void **state)
{
	struct address address;
	char text[ADDRESS_TEXT];
	size_t max;

	(void)state;
#if defined(__linux__) && !defined(PORTABLE)
	assert_true(address_local(&address, "@name", &max));
	assert_int_equal(address.to.local.sun_path[0], '\0');
	assert_int_equal(address.len, offsetof(struct sockaddr_un, sun_path) + 5);
	assert_string_equal(address_text(text, &address), "@name");
	assert_false(address_local(&address, "@", &max));
#else
	assert_false(address_local(&address, "@name", &max));
	assert_int_equal(max, 0);
	(void)text;
#endif
}

static void
a_sender_without_a_name_is_no_address(void **state)
{
	struct address address = {0};
	char text[ADDRESS_TEXT];

	(void)state;
	address_received(&address, 0);
	assert_false(address_named(&address));
	assert_string_equal(address_text(text, &address), "(unnamed)");
}

static bool
resolves(const char *host, const char *as)
{
	const struct lookup lookup = {
	    .host = host, .port = 7, .type = SOCK_STREAM, .numeric = true};
	struct addresses found;
	struct error error;
	char text[ADDRESS_TEXT];

	if (!resolve(&found, &lookup, &error)) {
		assert_int_equal(error.fault, FAULT_NAME);
		return false;
	}
	assert_int_equal(found.count, 1);
	assert_string_equal(address_text(text, &found.list[0]), as);
	return true;
}

static void
numeric_hosts_need_no_name_server(void **state)
{
	(void)state;
	assert_true(resolves("127.0.0.1", "127.0.0.1 7"));
	assert_true(resolves("::1", "::1 7"));
	assert_true(resolves("[::1]", "::1 7"));
	assert_true(resolves("fe80::1%lo", "fe80::1%lo 7"));
	assert_false(resolves("[::1", ""));
	assert_false(resolves("[127.0.0.1]", ""));
	assert_false(resolves("[]", ""));
	assert_false(resolves("localhost", ""));
	assert_false(resolves("", ""));
}

static void
without_a_host_every_local_address_is_meant(void **state)
{
	const struct lookup lookup = {.port = 9, .type = SOCK_STREAM};
	struct addresses found;
	struct error error;
	char text[ADDRESS_TEXT];

	(void)state;
	assert_true(resolve(&found, &lookup, &error));
	assert_int_equal(found.count, 2);
	assert_string_equal(address_text(text, &found.list[0]), ":: 9");
	assert_string_equal(address_text(text, &found.list[1]), "0.0.0.0 9");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ip_addresses_are_host_and_port),
	    cmocka_unit_test(mapped_addresses_are_shown_as_ipv4),
	    cmocka_unit_test(unix_names_are_made_visible),
	    cmocka_unit_test(paths_fill_the_field_and_no_more),
	    cmocka_unit_test(abstract_names_begin_with_an_at_sign),
	    cmocka_unit_test(a_sender_without_a_name_is_no_address),
	    cmocka_unit_test(numeric_hosts_need_no_name_server),
	    cmocka_unit_test(without_a_host_every_local_address_is_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
