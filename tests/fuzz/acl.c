/*
 * Any list is taken or refused word by word; who is on it is what comparing bit by bit says, for a
 * peer that the first bytes are, and for all that differ in one bit from an entry.
 */
#include "codec/acl.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "fuzz.h"

/* What is before the list: of what kind the peer is, its address, and its user. */
#define PEER 21

#define ENTRIES_MAX 32

/* 128 bits; IPv4 as IPv4-mapped IPv6. */
struct wide {
	bool bits[128];
};

static struct wide
widen(const struct address *address)
{
	uint8_t bytes[16] = {[10] = 0xff, [11] = 0xff};
	struct wide wide;

	if (address_family(address) == AF_INET)
		memcpy(bytes + 12, &address->to.ip4.sin_addr, 4);
	else
		memcpy(bytes, &address->to.ip6.sin6_addr, 16);
	for (int i = 0; i < 128; i++)
		wide.bits[i] = (bytes[i / 8] >> (7 - i % 8) & 1) != 0;
	return wide;
}

/* The other way, always of IPv6. */
static struct address
narrow(const struct wide *wide)
{
	struct address address;

	memset(&address, 0, sizeof(address));
	address.len = sizeof(address.to.ip6);
	address.to.ip6.sin6_family = AF_INET6;
	address.to.ip6.sin6_port = 4711;
	address.to.ip6.sin6_scope_id = 7;
	for (int i = 0; i < 128; i++)
		address.to.ip6.sin6_addr.s6_addr[i / 8] |= (uint8_t)(wide->bits[i] << (7 - i % 8));
	return address;
}

static bool
is_ip4(const struct wide *wide)
{
	for (int i = 0; i < 96; i++)
		if (wide->bits[i] != (i >= 80))
			return false;
	return true;
}

/* How many bits of the wide network count. */
static int
wide_prefix(const struct acl_entry *entry)
{
	return (int)entry->prefix + (address_family(&entry->network) == AF_INET ? 96 : 0);
}

static bool
is_in(const struct acl_entry *entry, const struct wide *peer)
{
	const struct wide network = widen(&entry->network);

	/* Of what has room for IPv4 and more, IPv4 is no part. */
	if (wide_prefix(entry) < 96 && is_ip4(peer))
		return false;
	for (int i = 0; i < wide_prefix(entry); i++)
		if (network.bits[i] != peer->bits[i])
			return false;
	return true;
}

/* Whether somebody of an IP address is on the list. */
static bool
is_on(const struct acl *acl, const struct wide *peer)
{
	for (size_t i = 0; i < acl->count; i++)
		if (acl->entries[i].kind == ACL_NETWORK && is_in(&acl->entries[i], peer))
			return true;
	return false;
}

static bool
has_user(const struct acl *acl, uint32_t uid)
{
	for (size_t i = 0; i < acl->count; i++)
		if (acl->entries[i].kind == ACL_UID && acl->entries[i].uid == uid)
			return true;
	return false;
}

/* What an entry is written as is read as the same entry, which has no bits of a host. */
static void
check_again(const struct acl_entry *entry)
{
	char text[INET6_ADDRSTRLEN + 8];
	struct acl_entry again;
	const char *why;

	if (entry->kind == ACL_UID) {
		assert(entry->uid != UINT32_MAX);
		snprintf(text, sizeof(text), "uid:%u", entry->uid);
	} else if (address_family(&entry->network) == AF_INET) {
		assert(entry->prefix <= 32 && entry->network.len == sizeof(struct sockaddr_in));
		inet_ntop(AF_INET, &entry->network.to.ip4.sin_addr, text, INET6_ADDRSTRLEN);
		snprintf(text + strlen(text), 8, "/%u", entry->prefix);
	} else {
		assert(entry->prefix <= 128 && entry->network.len == sizeof(struct sockaddr_in6));
		inet_ntop(AF_INET6, &entry->network.to.ip6.sin6_addr, text, INET6_ADDRSTRLEN);
		snprintf(text + strlen(text), 8, "/%u", entry->prefix);
	}
	assert(acl_parse(&again, text, strlen(text), &why));
	assert(!again.had_host);
	again.had_host = entry->had_host;
	assert(memcmp(&again, entry, sizeof(again)) == 0);
}

/* A name is one that no look-up takes for an address, and an address is one by itself. */
static void
check_kind(const struct acl_entry *entry, const char *word, size_t len)
{
	struct in_addr ignored;
	char text[256];

	assert(len < sizeof(text));
	memcpy(text, word, len);
	text[len] = '\0';
	if (entry->kind == ACL_NAME) {
		assert(inet_aton(text, &ignored) == 0);
		assert(strpbrk(text, ":/%") == NULL);
		return;
	}
	if (entry->kind == ACL_NETWORK) {
		const struct wide network = widen(&entry->network);

		for (int i = wide_prefix(entry); i < 128; i++)
			assert(!network.bits[i]);
		assert(address_family(&entry->network) == AF_INET || !is_ip4(&network));
	}
	check_again(entry);
}

/* Adds what is right of a list; each word is a part of text, in order, and has no separator. */
static void
read_list(struct acl *acl, const char *text)
{
	const char *word, *why, *last = text;
	struct acl_entry entry;
	size_t len;

	while (acl_word(&text, &word, &len) && acl->count < ENTRIES_MAX) {
		assert(word >= last && len > 0 && text == word + len);
		assert(strcspn(word, " \t\r\n,#") == len);
		for (const char *at = last; at < word; at++)
			assert(strchr(" \t\r\n,", *at) != NULL ||
			       memchr(last, '#', (size_t)(at - last + 1)));
		last = text;
		why = NULL;
		if (!acl_parse(&entry, word, len, &why)) {
			assert(why != NULL && *why != '\0');
			continue;
		}
		check_kind(&entry, word, len);
		if (entry.kind != ACL_NAME)
			assert(acl_add(acl, &entry));
	}
}

/* The peer, and if it is of IPv4 by its other name, too. */
static void
check_peer(const struct acl *acl, const struct wide *peer, uint32_t uid)
{
	struct address address = narrow(peer), plain = {.len = sizeof(plain.to.ip4)};

	assert(acl_match(acl, &address, false, uid) == is_on(acl, peer));
	assert(acl_match(acl, &address, true, uid) == (is_on(acl, peer) || has_user(acl, uid)));
	if (!is_ip4(peer))
		return;
	plain.to.ip4.sin_family = AF_INET;
	memcpy(&plain.to.ip4.sin_addr, address.to.ip6.sin6_addr.s6_addr + 12, 4);
	assert(acl_match(acl, &plain, false, uid) == is_on(acl, peer));
}

static void
check_near(const struct acl *acl, const struct acl_entry *entry)
{
	struct wide peer = widen(&entry->network);

	check_peer(acl, &peer, 0);
	for (int i = 0; i < 128; i++) {
		peer.bits[i] = !peer.bits[i];
		check_peer(acl, &peer, 0);
		peer.bits[i] = !peer.bits[i];
	}
}

/* Added alone, an address admits itself and nobody else. */
static void
check_single(const struct wide *peer, unsigned int bit)
{
	const struct address address = narrow(peer);
	struct wide other = *peer;
	struct acl acl = {0};
	struct address changed;

	other.bits[bit % 128] = !other.bits[bit % 128];
	changed = narrow(&other);
	assert(acl_add_address(&acl, &address));
	assert(acl_match(&acl, &address, false, 0));
	assert(!acl_match(&acl, &changed, false, 0));
	check_again(&acl.entries[0]);
	acl_free(&acl);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct address address = {.len = sizeof(address.to.ip6)}, local = {.len = 2};
	struct acl acl = {0};
	struct wide peer;
	uint32_t uid;
	char *text;

	if (size < PEER || size > TEXT_MAX)
		return 0;
	text = malloc(size - PEER + 1);
	memcpy(text, data + PEER, size - PEER);
	text[size - PEER] = '\0';
	read_list(&acl, text);

	address.to.ip6.sin6_family = AF_INET6;
	memcpy(&address.to.ip6.sin6_addr, data + 1, 16);
	memcpy(&uid, data + 17, sizeof(uid));
	if (data[0] >= 128)
		memcpy(&address.to.ip6.sin6_addr, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
	peer = widen(&address);
	check_peer(&acl, &peer, uid);
	check_single(&peer, data[0]);
	local.to.any.sa_family = AF_UNIX;
	assert(acl_match(&acl, &local, true, uid) == has_user(&acl, uid));
	assert(!acl_match(&acl, &local, false, uid));
	for (size_t i = 0; i < acl.count; i++) {
		if (acl.entries[i].kind == ACL_NETWORK)
			check_near(&acl, &acl.entries[i]);
		else
			assert(acl_match(&acl, &local, true, acl.entries[i].uid));
	}
	acl_free(&acl);
	free(text);
	return 0;
}
