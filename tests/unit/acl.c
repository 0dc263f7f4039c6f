/* Lists of whom to admit. */
#include "codec/acl.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* The words of a text, each followed by a '|'. */
static void
check_words(const char *text, const char *expected)
{
	char out[256] = "";
	const char *word;
	size_t len;

	while (acl_word(&text, &word, &len)) {
		assert_true(len > 0 && strlen(out) + len + 2 <= sizeof(out));
		strncat(out, word, len);
		strcat(out, "|");
		assert_ptr_equal(text, word + len);
	}
	assert_string_equal(out, expected);
	assert_int_equal(*text, '\0');
	assert_false(acl_word(&text, &word, &len));
}

static void
blanks_newlines_and_commas_separate_words(void **state)
{
	(void)state;
	check_words("", "");
	check_words(" \t\r\n,,", "");
	check_words("a", "a|");
	check_words("a b\tc\nd,e\r\nf", "a|b|c|d|e|f|");
	check_words(" , a , b , ", "a|b|");
}

static void
comments_last_to_the_end_of_the_line(void **state)
{
	(void)state;
	check_words("#", "");
	check_words("#a", "");
	check_words("#\n", "");
	check_words("a # b, c\nd", "a|d|");
	check_words("a#b\nc", "a|c|");
	check_words("#a\r\n#b\n\n # c # d\ne", "e|");
	check_words("a\n#", "a|");
}

static bool
parse(struct acl_entry *out, const char *word, const char **why)
{
	memset(out, 0x5a, sizeof(*out));
	*why = NULL;
	return acl_parse(out, word, strlen(word), why);
}

/* Whether a word is this network: of this address, which is as long as its family has it. */
static void
check_network(const char *word, const char *network, unsigned int prefix)
{
	const bool ip6 = strchr(network, ':') != NULL;
	struct acl_entry entry;
	struct address expected;
	const char *why;

	memset(&expected, 0, sizeof(expected));
	expected.to.any.sa_family = ip6 ? AF_INET6 : AF_INET;
	expected.len = ip6 ? sizeof(expected.to.ip6) : sizeof(expected.to.ip4);
	assert_int_equal(inet_pton(ip6 ? AF_INET6 : AF_INET, network,
			     ip6 ? (void *)&expected.to.ip6.sin6_addr : &expected.to.ip4.sin_addr),
	    1);
	assert_true(parse(&entry, word, &why));
	assert_int_equal(entry.kind, ACL_NETWORK);
	assert_true(address_equal(&entry.network, &expected));
	assert_int_equal(entry.prefix, prefix);
}

static void
networks_are_addresses_with_a_prefix(void **state)
{
	(void)state;
	check_network("127.0.0.1", "127.0.0.1", 32);
	check_network("10.0.0.0/8", "10.0.0.0", 8);
	check_network("10.128.0.0/9", "10.128.0.0", 9);
	check_network("10.0.0.0/08", "10.0.0.0", 8);
	check_network("0.0.0.0/0", "0.0.0.0", 0);
	check_network("255.255.255.255/32", "255.255.255.255", 32);
	check_network("::1", "::1", 128);
	check_network("::", "::", 128);
	check_network("::/0", "::", 0);
	check_network("2001:db8::/32", "2001:db8::", 32);
	check_network("2001:DB8::/127", "2001:db8::", 127);
	check_network("fe80::/10", "fe80::", 10);
	check_network("::127.0.0.1", "::7f00:1", 128);
}

static void
mapped_addresses_and_networks_are_of_ipv4(void **state)
{
	(void)state;
	check_network("::ffff:127.0.0.1", "127.0.0.1", 32);
	check_network("::ffff:7f00:1/128", "127.0.0.1", 32);
	check_network("::ffff:10.0.0.0/104", "10.0.0.0", 8);
	check_network("::ffff:0:0/96", "0.0.0.0", 0);
	/* What has also others than these stays of IPv6. */
	check_network("::fffe:0:0/95", "::fffe:0:0", 95);
	check_network("::/80", "::", 80);
}

static void
check_uid(const char *word, uint32_t uid)
{
	struct acl_entry entry;
	const char *why;

	assert_true(parse(&entry, word, &why));
	assert_int_equal(entry.kind, ACL_UID);
	assert_int_equal(entry.uid, uid);
}

static void
users_are_numbers(void **state)
{
	(void)state;
	check_uid("uid:0", 0);
	check_uid("uid:1000", 1000);
	check_uid("uid:007", 7);
	check_uid("uid:4294967294", UINT32_C(4294967294));
}

static void
names_are_left_to_the_caller(void **state)
{
	static const char *const names[] = {"localhost", "example.com", "example.com.", "a-b_c.D9",
	    "x", "3com", "0x7g", "0x7f.example", "1.example", "uid", "1.2.3.4a", "10-0-0-1", "e",
	    "0xen"};
	struct acl_entry entry;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_true(parse(&entry, names[i], &why));
		assert_int_equal(entry.kind, ACL_NAME);
	}
}

static void
refuse(const char *word, const char *expected)
{
	struct acl_entry entry;
	const char *why;

	assert_false(parse(&entry, word, &why));
	assert_string_equal(why, expected);
}

static void
what_looks_like_an_address_is_no_name(void **state)
{
	static const char *const words[] = {"10.0.0", "127.1", "1", "2130706433", "10.0.0.256",
	    "10.0.0.1.", "1.2.3.4.5", "010.0.0.1", "017700000001", "0x7f000001", "0X7F.1",
	    "127.0.0.0x1", "0x7f000001.", "0x", "example.1", ":", ":::", "1::2::3", "::g",
	    "12345::", "::ffff:1.2.3", "[::1]", "fe80::1%eth0", "fe80::1%2", "localhost:80",
	    "127.0.0.1:80", "UID:1", "localhost/8", "/", "/8", "10.0.0/8", "::1%lo/128",
	    "fe80::%2/10"};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		refuse(words[i], "invalid address");
}

static void
prefixes_are_no_longer_than_the_address(void **state)
{
	(void)state;
	refuse("10.0.0.0/33", "prefix too long");
	refuse("10.0.0.0/128", "prefix too long");
	refuse("10.0.0.0/4294967304", "prefix too long");
	refuse("10.0.0.0/18446744073709551624", "prefix too long");
	refuse("::/129", "prefix too long");
	refuse("::ffff:10.0.0.0/129", "prefix too long");
	refuse("10.0.0.0/", "invalid prefix");
	refuse("10.0.0.0/8/", "invalid prefix");
	refuse("10.0.0.0/8/8", "invalid prefix");
	refuse("10.0.0.0/-1", "invalid prefix");
	refuse("10.0.0.0/+8", "invalid prefix");
	refuse("10.0.0.0/x", "invalid prefix");
	refuse("10.0.0.0/0x8", "invalid prefix");
	refuse("::/ 8", "invalid prefix");
}

static void
a_prefix_may_be_a_mask(void **state)
{
	(void)state;
	check_network("10.0.0.0/255.0.0.0", "10.0.0.0", 8);
	check_network("10.128.0.0/255.128.0.0", "10.128.0.0", 9);
	check_network("10.1.2.3/255.255.255.255", "10.1.2.3", 32);
	check_network("10.1.2.2/255.255.255.254", "10.1.2.2", 31);
	check_network("0.0.0.0/0.0.0.0", "0.0.0.0", 0);
	check_network("0.0.0.0/128.0.0.0", "0.0.0.0", 1);
	refuse("10.0.0.0/255.0.255.0", "invalid mask");
	refuse("10.0.0.0/0.255.255.255", "invalid mask");
	refuse("10.0.0.0/255.0.0.1", "invalid mask");
	refuse("10.0.0.0/255.0.0", "invalid mask");
	refuse("10.0.0.0/255.0.0.0.0", "invalid mask");
	refuse("10.0.0.0/256.0.0.0", "invalid mask");
	refuse("10.0.0.0/8.", "invalid mask");
	refuse("10.0.0.0/255.0.0.0/8", "invalid mask");
	refuse("::/255.0.0.0", "invalid prefix");
	refuse("::ffff:10.0.0.0/255.0.0.0", "invalid prefix");
}

/* Whether a word is this network, and has bits of a host. */
static void
check_host(const char *word, const char *network, unsigned int prefix, bool has)
{
	struct acl_entry entry;
	const char *why;

	check_network(word, network, prefix);
	assert_true(parse(&entry, word, &why));
	assert_int_equal(entry.had_host, has);
}

static void
bits_behind_the_prefix_do_not_count(void **state)
{
	(void)state;
	check_host("10.0.0.1/8", "10.0.0.0", 8, true);
	check_host("10.0.0.1/31", "10.0.0.0", 31, true);
	check_host("10.64.0.0/9", "10.0.0.0", 9, true);
	check_host("10.0.0.1/255.0.0.0", "10.0.0.0", 8, true);
	check_host("128.0.0.0/0", "0.0.0.0", 0, true);
	check_host("2001:db8::1/127", "2001:db8::", 127, true);
	check_host("8000::/0", "::", 0, true);
	check_host("2001:db8::/28", "2001:db0::", 28, true);
	check_host("::ffff:10.0.0.1/104", "10.0.0.0", 8, true);
	check_host("10.0.0.0/8", "10.0.0.0", 8, false);
	check_host("10.0.0.1", "10.0.0.1", 32, false);
	check_host("::ffff:10.0.0.0/104", "10.0.0.0", 8, false);
	check_host("::1/128", "::1", 128, false);
	/* What was to be a network of IPv4 is not to be one of IPv6. */
	refuse("::ffff:0:0/95", "prefix too short");
	refuse("::ffff:0:0/32", "prefix too short");
	refuse("::ffff:10.0.0.0/8", "prefix too short");
}

static void
users_that_are_no_numbers_are_refused(void **state)
{
	static const char *const words[] = {"uid:", "uid:root", "uid:-1", "uid:+1", "uid:0x0",
	    "uid: 1", "uid:4294967295", "uid:4294967296", "uid:18446744073709551616", "uid:1/8",
	    "uid:1:2"};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		refuse(words[i], "invalid uid");
}

static void
names_of_other_bytes_are_refused(void **state)
{
	const char *why;
	struct acl_entry entry;
	char text[4] = "axb";

	(void)state;
	refuse("", "invalid name");
	for (int c = 1; c < 256; c++) {
		const bool known = strchr("-_.", c) != NULL || (c >= '0' && c <= '9') ||
				   (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

		text[1] = (char)c;
		if (c == ':' || c == '/')
			refuse(text, "invalid address");
		else if (!known)
			refuse(text, "invalid name");
		else
			assert_true(parse(&entry, text, &why));
	}
	/* Not only what is before it. */
	assert_false(acl_parse(&entry, "a\0b", 3, &why));
	assert_string_equal(why, "invalid name");
	assert_false(acl_parse(&entry, "10.0.0.1\0x", 10, &why));
}

static void
names_have_at_most_255_bytes(void **state)
{
	struct acl_entry entry;
	const char *why;
	char text[400];

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_true(acl_parse(&entry, text, 255, &why));
	for (size_t len = 256; len <= sizeof(text); len++) {
		assert_false(acl_parse(&entry, text, len, &why));
		assert_string_equal(why, "invalid name");
	}
}

/* All of a text without names. */
static struct acl
list(const char *text)
{
	struct acl acl = {0};
	struct acl_entry entry;
	const char *word, *why;
	size_t len;

	while (acl_word(&text, &word, &len)) {
		assert_true(acl_parse(&entry, word, len, &why));
		assert_true(acl_add(&acl, &entry));
	}
	return acl;
}

static struct address
peer(const char *text)
{
	struct address address;

	memset(&address, 0, sizeof(address));
	if (inet_pton(AF_INET, text, &address.to.ip4.sin_addr) == 1) {
		address.len = sizeof(address.to.ip4);
		address.to.ip4.sin_family = AF_INET;
	} else {
		address.len = sizeof(address.to.ip6);
		address.to.ip6.sin6_family = AF_INET6;
		address.to.ip6.sin6_scope_id = 7;
		assert_int_equal(inet_pton(AF_INET6, text, &address.to.ip6.sin6_addr), 1);
	}
	address_set_port(&address, 4711);
	return address;
}

static void
check_match(const char *text, const char *peer_text, bool expected)
{
	const struct address address = peer(peer_text);
	struct acl acl = list(text);

	assert_int_equal(acl_match(&acl, &address, false, 0), expected);
	acl_free(&acl);
}

static void
whoever_is_in_a_network_matches(void **state)
{
	(void)state;
	check_match("127.0.0.1", "127.0.0.1", true);
	check_match("127.0.0.1", "127.0.0.2", false);
	check_match("127.0.0.1", "255.0.0.1", false);
	check_match("10.0.0.0/8", "10.255.255.255", true);
	check_match("10.0.0.0/8", "11.0.0.0", false);
	check_match("10.128.0.0/9", "10.255.0.1", true);
	check_match("10.128.0.0/9", "10.127.255.255", false);
	check_match("10.1.2.248/29", "10.1.2.255", true);
	check_match("10.1.2.248/29", "10.1.2.247", false);
	check_match("2001:db8::/32", "2001:db8:ffff::1", true);
	check_match("2001:db8::/32", "2001:db9::1", false);
	check_match("2001:db8::/33", "2001:db8:8000::", false);
	check_match("::1", "::1", true);
	check_match("::1", "::2", false);
	check_match("fe80::/10", "fe80::1", true);
	check_match("0.0.0.0/0", "192.0.2.1", true);
	check_match("::/0", "2001:db8::1", true);
}

static void
one_entry_of_many_is_enough(void **state)
{
	(void)state;
	check_match("", "127.0.0.1", false);
	check_match("10.0.0.0/8,::1 uid:0\n127.0.0.1 # here\n", "127.0.0.1", true);
	check_match("10.0.0.0/8,::1 uid:0\n#127.0.0.1\n", "127.0.0.1", false);
	check_match("10.0.0.0/8,::1,127.0.0.1", "10.9.8.7", true);
}

static void
mapped_peers_are_of_ipv4(void **state)
{
	(void)state;
	check_match("10.0.0.0/8", "::ffff:10.1.2.3", true);
	check_match("10.0.0.0/8", "::ffff:11.1.2.3", false);
	check_match("::ffff:10.0.0.0/104", "10.1.2.3", true);
	check_match("::ffff:10.0.0.0/104", "::ffff:10.1.2.3", true);
	check_match("0.0.0.0/0", "::ffff:10.1.2.3", true);
	check_match("::/0", "::ffff:10.1.2.3", false);
	check_match("::/80", "10.1.2.3", false);
	/* Not each address that begins or ends in the same bits. */
	check_match("::/0", "10.1.2.3", false);
	check_match("0.0.0.0/0", "2001:db8::1", false);
	check_match("10.0.0.0/8", "a00::1", false);
	check_match("a00::/8", "10.0.0.0", false);
	check_match("127.0.0.1", "::127.0.0.1", false);
}

static void
users_match_where_they_are_known(void **state)
{
	struct acl acl = list("uid:1000,uid:0,0.0.0.0/0,::/0"), none = {0};
	struct address local, unnamed = {.len = sizeof(sa_family_t)};
	size_t max;

	(void)state;
	unnamed.to.any.sa_family = AF_UNIX;
	assert_true(address_local(&local, "/run/x", &max));
	assert_true(acl_match(&acl, &local, true, 1000));
	assert_true(acl_match(&acl, &unnamed, true, 1000));
	assert_true(acl_match(&acl, &local, true, 0));
	assert_false(acl_match(&acl, &local, true, 1001));
	assert_false(acl_match(&acl, &local, false, 1000));
	assert_false(acl_match(&acl, &unnamed, false, 0));
	assert_false(acl_match(&none, &local, true, 0));
	acl_free(&acl);
}

/* A network's entry has a uid of 0, which is nobody's. */
static void
networks_admit_no_users(void **state)
{
	struct acl acl = list("10.0.0.0/8,::1");
	struct address local;
	size_t max;

	(void)state;
	assert_true(address_local(&local, "/run/x", &max));
	assert_false(acl_match(&acl, &local, true, 0));
	acl_free(&acl);
}

static void
single_addresses_are_added_without_port_and_scope(void **state)
{
	static const char *const texts[] = {"192.0.2.1", "2001:db8::1", "::ffff:192.0.2.2"};
	static const char *const others[] = {"192.0.2.0", "2001:db8::", "192.0.2.3"};
	struct address address, other;
	struct acl acl = {0};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		address = peer(texts[i]);
		assert_true(acl_add_address(&acl, &address));
		address_set_port(&address, 1);
		if (address_family(&address) == AF_INET6)
			address.to.ip6.sin6_scope_id = 1;
		assert_true(acl_match(&acl, &address, false, 0));
		other = peer(others[i]);
		assert_false(acl_match(&acl, &other, false, 0));
		assert_int_equal(address_port(&acl.entries[i].network), 0);
	}
	assert_int_equal(address_family(&acl.entries[2].network), AF_INET);
	assert_int_equal(acl.entries[2].prefix, 32);
	acl_free(&acl);
}

/* What has no bits to compare is in no network, not even in one that has none either. */
static void
addresses_that_are_not_of_ip_admit_nobody(void **state)
{
	struct acl acl = {0};
	struct address local;
	size_t max;

	(void)state;
	assert_true(address_local(&local, "/run/x", &max));
	assert_true(acl_add_address(&acl, &local));
	assert_false(acl_match(&acl, &local, false, 0));
	assert_false(acl_match(&acl, &local, true, 0));
	acl_free(&acl);
}

static void
a_list_grows(void **state)
{
	struct acl_entry entry = {.kind = ACL_UID};
	const struct address address = peer("::1");
	struct acl acl = {0};

	(void)state;
	for (entry.uid = 0; entry.uid < 1000; entry.uid++)
		assert_true(acl_add(&acl, &entry));
	assert_int_equal(acl.count, 1000);
	assert_true(acl.room >= 1000);
	for (uint32_t uid = 0; uid < 1000; uid++)
		assert_true(acl_match(&acl, &address, true, uid));
	assert_false(acl_match(&acl, &address, true, 1000));
	acl_free(&acl);
	assert_int_equal(acl.count, 0);
	assert_false(acl_match(&acl, &address, true, 0));
	acl_free(&acl);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(blanks_newlines_and_commas_separate_words),
	    cmocka_unit_test(comments_last_to_the_end_of_the_line),
	    cmocka_unit_test(networks_are_addresses_with_a_prefix),
	    cmocka_unit_test(mapped_addresses_and_networks_are_of_ipv4),
	    cmocka_unit_test(users_are_numbers),
	    cmocka_unit_test(names_are_left_to_the_caller),
	    cmocka_unit_test(what_looks_like_an_address_is_no_name),
	    cmocka_unit_test(prefixes_are_no_longer_than_the_address),
	    cmocka_unit_test(a_prefix_may_be_a_mask),
	    cmocka_unit_test(bits_behind_the_prefix_do_not_count),
	    cmocka_unit_test(users_that_are_no_numbers_are_refused),
	    cmocka_unit_test(names_of_other_bytes_are_refused),
	    cmocka_unit_test(names_have_at_most_255_bytes),
	    cmocka_unit_test(whoever_is_in_a_network_matches),
	    cmocka_unit_test(one_entry_of_many_is_enough),
	    cmocka_unit_test(mapped_peers_are_of_ipv4),
	    cmocka_unit_test(users_match_where_they_are_known),
	    cmocka_unit_test(networks_admit_no_users),
	    cmocka_unit_test(single_addresses_are_added_without_port_and_scope),
	    cmocka_unit_test(addresses_that_are_not_of_ip_admit_nobody),
	    cmocka_unit_test(a_list_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
