#include "codec/acl.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

#define SEPARATORS " \t\r\n,"
#define NAME_MAX_LEN 255

/* The bits of an IP address, most significant byte first. */
struct bits {
	unsigned int count; /* 32 or 128; 0 if it is not an IP address */
	uint8_t bytes[16];
};

/* An IPv4-mapped IPv6 address has the 32 bits of the IPv4 address. */
static struct bits
bits_of(const struct address *address)
{
	const uint8_t *ip6 = address->to.ip6.sin6_addr.s6_addr;
	struct bits bits = {0};

	if (address_family(address) == AF_INET) {
		bits.count = 32;
		memcpy(bits.bytes, &address->to.ip4.sin_addr, 4);
	} else if (address_family(address) == AF_INET6) {
		const bool mapped = IN6_IS_ADDR_V4MAPPED(&address->to.ip6.sin6_addr);

		bits.count = mapped ? 32 : 128;
		memcpy(bits.bytes, mapped ? ip6 + 12 : ip6, bits.count / 8);
	}
	return bits;
}

/* The address with these bits, without port and scope. */
static struct address
bits_address(const struct bits *bits)
{
	struct address address;

	memset(&address, 0, sizeof(address));
	if (bits->count == 32) {
		address.len = sizeof(address.to.ip4);
		address.to.ip4.sin_family = AF_INET;
		memcpy(&address.to.ip4.sin_addr, bits->bytes, 4);
	} else if (bits->count == 128) {
		address.len = sizeof(address.to.ip6);
		address.to.ip6.sin6_family = AF_INET6;
		memcpy(&address.to.ip6.sin6_addr, bits->bytes, 16);
	}
	return address;
}

/* Whether the first prefix bits of both are the same. */
static bool
bits_agree(const struct bits *a, const struct bits *b, unsigned int prefix)
{
	const unsigned int whole = prefix / 8;
	const uint8_t rest = (uint8_t)(0xff00 >> prefix % 8);

	if (memcmp(a->bytes, b->bytes, whole) != 0)
		return false;
	/* Without a rest, bytes[whole] may be past the end. */
	return rest == 0 || ((a->bytes[whole] ^ b->bytes[whole]) & rest) == 0;
}

/* Clears the bits after the prefix. Returns whether any was set. */
static bool
clear_behind(struct bits *bits, unsigned int prefix)
{
	bool cleared = false;

	for (unsigned int i = prefix; i < bits->count; i++) {
		const uint8_t bit = (uint8_t)(0x80u >> i % 8);

		cleared = cleared || (bits->bytes[i / 8] & bit) != 0;
		bits->bytes[i / 8] &= (uint8_t)~bit;
	}
	return cleared;
}

bool
acl_word(const char **text, const char **word, size_t *len)
{
	const char *at = *text + strspn(*text, SEPARATORS);

	while (*at == '#') {
		at += strcspn(at, "\n");
		at += strspn(at, SEPARATORS);
	}
	*word = at;
	*len = strcspn(at, SEPARATORS "#");
	*text = at + *len;
	return *len > 0;
}

/* Parses an address without a prefix; an IPv4-mapped one stays IPv6. */
static bool
parse_address(struct address *out, const char *text)
{
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, &out->to.ip4.sin_addr) == 1) {
		out->to.ip4.sin_family = AF_INET;
		out->len = sizeof(out->to.ip4);
		return true;
	}
	memset(out, 0, sizeof(*out));
	out->to.ip6.sin6_family = AF_INET6;
	out->len = sizeof(out->to.ip6);
	return inet_pton(AF_INET6, text, &out->to.ip6.sin6_addr) == 1;
}

/* Converts an IPv4 netmask to the length of a prefix. */
static bool
parse_mask(long long *prefix, const char *text)
{
	struct in_addr mask;
	uint32_t others;

	if (inet_pton(AF_INET, text, &mask) != 1)
		return false;
	others = ~ntohl(mask.s_addr);
	*prefix = 32;
	while (*prefix > 0 && others >> (32 - *prefix) != 0)
		--*prefix;
	return (others & (others + 1)) == 0;
}

/* Parses the text after the slash: a length, or for IPv4 a netmask. most: bits of the address. */
static bool
parse_prefix(long long *prefix, const char *text, long long most, const char **why)
{
	const char *ignored;

	*why = "invalid mask";
	if (most == 32 && strchr(text, '.') != NULL)
		return parse_mask(prefix, text);
	*why = "invalid prefix";
	if (!number_digits(text))
		return false;
	*why = "prefix too long";
	return number_parse(prefix, text, 0, most, &ignored);
}

/* "10.0.0.0/8", "10.0.0.0/255.0.0.0", or an address. Changes text. */
static bool
parse_network(struct acl_entry *out, char *text, const char **why)
{
	char *slash = strchr(text, '/');
	struct address address;
	struct bits bits;
	long long most, prefix;

	*why = "invalid address";
	if (slash != NULL)
		*slash = '\0';
	if (!parse_address(&address, text))
		return false;
	most = prefix = address_family(&address) == AF_INET ? 32 : 128;
	if (slash != NULL && !parse_prefix(&prefix, slash + 1, most, why))
		return false;

	bits = bits_of(&address);
	*why = "prefix too short";
	/* An IPv4-mapped address has lost its first 96 bits: the prefix must include them. */
	prefix -= most - bits.count;
	if (prefix < 0)
		return false;
	out->kind = ACL_NETWORK;
	out->prefix = (unsigned int)prefix;
	out->had_host = clear_behind(&bits, out->prefix);
	out->network = bits_address(&bits);
	return true;
}

static bool
parse_uid(struct acl_entry *out, const char *text, const char **why)
{
	const char *ignored;
	long long uid;

	/* (uid_t)-1 is not a user. */
	*why = "invalid uid";
	if (!number_parse(&uid, text, 0, UINT32_MAX - 1, &ignored))
		return false;
	out->kind = ACL_UID;
	out->uid = (uint32_t)uid;
	return true;
}

/*
 * Whether a word cannot be a host name because its last label is a number (RFC 1123, 2.1). This
 * includes all IPv4 addresses, also the forms that inet_aton(3) accepts: "127.1", "0x7f000001".
 */
static bool
is_numeric(const char *text)
{
	const size_t len = strlen(text);
	const size_t end = len > 0 && text[len - 1] == '.' ? len - 1 : len;
	size_t start = end;

	while (start > 0 && text[start - 1] != '.')
		start--;
	text += start;
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return strspn(text + 2, "0123456789abcdefABCDEF") == end - start - 2;
	return end > start && strspn(text, "0123456789") == end - start;
}

static bool
parse_name(struct acl_entry *out, const char *text, const char **why)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

	*why = "invalid name";
	out->kind = ACL_NAME;
	return text[0] != '\0' && text[strspn(text, letters)] == '\0';
}

bool
acl_parse(struct acl_entry *out, const char *word, size_t len, const char **why)
{
	char text[NAME_MAX_LEN + 1];

	memset(out, 0, sizeof(*out));
	*why = "invalid name";
	if (len >= sizeof(text) || memchr(word, '\0', len) != NULL)
		return false;
	memcpy(text, word, len);
	text[len] = '\0';
	if (strncmp(text, "uid:", 4) == 0)
		return parse_uid(out, text + 4, why);
	if (strpbrk(text, ":/") != NULL || is_numeric(text))
		return parse_network(out, text, why);
	return parse_name(out, text, why);
}

bool
acl_add(struct acl *acl, const struct acl_entry *entry)
{
	const size_t room = acl->room > 0 ? 2 * acl->room : 16;
	struct acl_entry *entries;

	if (acl->count == acl->room) {
		entries = reallocarray(acl->entries, room, sizeof(*entries));
		if (entries == NULL)
			return false;
		acl->entries = entries;
		acl->room = room;
	}
	acl->entries[acl->count++] = *entry;
	return true;
}

bool
acl_add_address(struct acl *acl, const struct address *address)
{
	const struct bits bits = bits_of(address);
	const struct acl_entry entry = {
	    .kind = ACL_NETWORK, .network = bits_address(&bits), .prefix = bits.count};

	return acl_add(acl, &entry);
}

void
acl_free(struct acl *acl)
{
	free(acl->entries);
	*acl = (struct acl){0};
}

bool
acl_match(const struct acl *acl, const struct address *address, bool has_uid, uint32_t uid)
{
	const struct bits bits = bits_of(address);

	for (size_t i = 0; i < acl->count; i++) {
		const struct acl_entry *entry = &acl->entries[i];
		const struct bits network = bits_of(&entry->network);

		if (entry->kind == ACL_UID && has_uid && entry->uid == uid)
			return true;
		if (entry->kind == ACL_NETWORK && bits.count > 0 && network.count == bits.count &&
		    bits_agree(&network, &bits, entry->prefix))
			return true;
	}
	return false;
}
